// c-ares on an I/O thread: its sockets are watched by Asio, its timeouts by the deadline wheel.
// Looks into /etc/hosts, then asks the name servers of /etc/resolv.conf; search domains are off.
// Everything on that thread. Queries cannot be called off one by one; destruction ends them all.
#pragma once
#include "fetch/dns_answer.hpp"
#include "io/thread.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace tailrace::fetch {

class dns_channel {
 public:
  using done_function = std::function<void(dns_answer)>;

  // `servers`, "host:port,...", instead of /etc/resolv.conf. Throws std::runtime_error when
  // c-ares does not start.
  dns_channel(io::thread& on, const std::string& servers);
  ~dns_channel();
  dns_channel(const dns_channel&) = delete;
  dns_channel& operator=(const dns_channel&) = delete;

  // Calls `done` once, maybe before this returns, at the latest from close() or the destructor; it
  // must not call back into the channel. IPv6 addresses are not waited for longer than
  // resolution_delay when there are others.
  void query(const std::string& name, done_function done);

  // Queries that have not ended, up to two per name; some of names that are done.
  std::size_t under_way() const noexcept;

  // Ends every query now; there must be none from then on.
  void close() noexcept;

 private:
  class shell;
  std::unique_ptr<shell> shell_;
};

}  // namespace tailrace::fetch
