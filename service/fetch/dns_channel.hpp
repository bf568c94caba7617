// c-ares on an I/O thread: its sockets are watched by Asio, its timeouts by the deadline wheel.
// Looks into /etc/hosts, then asks the name servers of /etc/resolv.conf; search domains are off.
// Everything on that thread. Queries cannot be called off one by one; destruction ends them all.
#pragma once
#include "core/error.hpp"
#include "io/network.hpp"
#include "io/thread.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tailrace::fetch {

using io::address;

class dns_channel {
 public:
  // origin_dns, or origin_timeout when no server answered.
  using found = result<std::vector<address>>;

  // `servers`, "host:port,...", instead of /etc/resolv.conf. Throws std::runtime_error when
  // c-ares does not start.
  dns_channel(io::thread& on, const std::string& servers);
  ~dns_channel();
  dns_channel(const dns_channel&) = delete;
  dns_channel& operator=(const dns_channel&) = delete;

  // Calls `done` once, maybe before this returns, at the latest from the destructor; it must not
  // call back into the channel.
  void query(const std::string& name, std::function<void(found)> done);

  // Ends every query now; there must be none from then on.
  void close() noexcept;

 private:
  class shell;
  std::unique_ptr<shell> shell_;
};

}  // namespace tailrace::fetch
