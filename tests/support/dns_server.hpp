// A name server on 127.0.0.1 (UDP) that answers from a table. Names not in it do not exist; names
// with an empty list are never answered.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
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

 private:
  void serve();
  std::string answer(const std::string& query) const;

  const table names_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<unsigned> queries_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace tailrace::test
