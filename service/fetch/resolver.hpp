// Addresses of a host, for coroutines of one I/O thread.
#pragma once
#include "core/deadline.hpp"
#include "fetch/dns_channel.hpp"
#include "io/cancellation.hpp"
#include "io/thread.hpp"
#include "io/types.hpp"

#include <string>
#include <vector>

namespace tailrace::fetch {

class resolver {
 public:
  // See dns_channel. Must outlive its coroutines.
  explicit resolver(io::thread& on, const std::string& servers = {});

  // In the order to try them. errc::origin_dns; origin_timeout at `until`, whatever the name
  // servers do; client_gone when called off. An IP address is its own answer.
  io::awaitable<result<std::vector<address>>> resolve(std::string host, deadline until,
                                                      io::cancellation* called_off = nullptr);

  // Ends every query; nothing may be resolved from then on.
  void close() noexcept { channel_.close(); }

 private:
  struct waiter;

  io::thread& thread_;
  dns_channel channel_;
};

}  // namespace tailrace::fetch
