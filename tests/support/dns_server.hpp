// A name server on 127.0.0.1 (UDP) that answers from a table. Names not in it do not exist; names
// with an empty list are never answered. Besides addresses a list may hold "ttl=SECONDS" (else
// 60), "alias=NAME" (the addresses are those of NAME, an alias with the TTL given; NAME must not be
// one), "no-v6" (questions for IPv6 addresses are dropped) and "broken" (SERVFAIL).
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tailrace::test {

class dns_server {
 public:
  using table = std::map<std::string, std::vector<std::string>>;  // name: addresses, v4 and v6

  explicit dns_server(table names);
  ~dns_server();
  dns_server(const dns_server&) = delete;
  dns_server& operator=(const dns_server&) = delete;

  // As dns_channel takes it.
  std::string address() const;
  unsigned queries() const noexcept { return queries_; }
  // For that name, both families counted.
  unsigned queries(const std::string& name) const;

 private:
  void serve();
  std::string answer(const std::string& query);

  const table names_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<unsigned> queries_{0};
  mutable std::mutex mutex_;
  std::map<std::string, unsigned> queries_of_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace tailrace::test
