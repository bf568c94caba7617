// Addresses of a host, for coroutines of one I/O thread: from the cache, else from one query that
// all who want the same name wait for.
#pragma once
#include "core/deadline.hpp"
#include "core/settings.hpp"
#include "fetch/dns_cache.hpp"
#include "fetch/dns_channel.hpp"
#include "fetch/stats.hpp"
#include "io/cancellation.hpp"
#include "io/thread.hpp"
#include "io/types.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace tailrace::fetch {

class resolver {
 public:
  // See dns_channel. Must outlive its coroutines.
  resolver(const settings& s, io::thread& on, stats& counts, const std::string& servers = {});

  // `host` in lower case. errc::origin_dns; origin_timeout at `until`, whatever the name servers
  // do; client_gone when called off; overloaded when too many other names are being looked up.
  // The query goes on when nobody waits for it any more. An IP address is its own answer.
  io::awaitable<result<std::vector<address>>> resolve(std::string host, deadline until,
                                                      io::cancellation* called_off = nullptr);

  // Ends every query; nothing may be resolved from then on.
  void close() noexcept { channel_.close(); }

 private:
  struct waiter;
  using waiters = std::vector<std::shared_ptr<waiter>>;

  result<void> join(const std::string& host, const std::shared_ptr<waiter>& w);
  void learned(const std::string& host, dns_answer a);

  io::thread& thread_;
  stats& counts_;
  dns_cache cache_;
  std::unordered_map<std::string, waiters> under_way_;
  dns_channel channel_;  // the last: it calls learned() when it ends
};

}  // namespace tailrace::fetch
