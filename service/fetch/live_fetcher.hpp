// The fetcher of the running service: parses the URL, asks the policy, and goes to the local files
// or to the origin. One per I/O thread; constructed before the thread runs, destroyed after it has
// ended, and outlives its sources.
#pragma once
#include "fetch/client.hpp"
#include "fetch/fetcher.hpp"
#include "fetch/local.hpp"
#include "fetch/stats.hpp"

#include <string>

namespace tailrace::fetch {

class live_fetcher final : public fetcher {
 public:
  // All references outlive it; policy and tls (make_tls_context) are shared by all threads, files
  // is where reads wait for the disk. `dns_servers`, "host:port,...", instead of the system's;
  // `board`, unless null, shows the figures of some origins.
  // Throws when local_root cannot be opened or c-ares does not start.
  live_fetcher(const settings& s, io::thread& on, const address_policy& policy,
               boost::asio::ssl::context& tls, exec::executor& files,
               const std::string& dns_servers = {}, origin_board* board = nullptr);

  io::awaitable<result<std::unique_ptr<source>>> open(const request& r) override;

  // Closes the idle connections; on its thread, when that drains.
  void close_idle() noexcept { client_.keeper().clear(); }

  // Ends name queries that nobody waits for any more: they would keep the thread running. On its
  // thread, after the last open() and source; nothing may be opened from then on.
  void close() noexcept { client_.close(); }

  // Any thread may read.
  const stats& counts() const noexcept { return counts_; }
  stats& counts() noexcept { return counts_; }

 private:
  io::awaitable<result<std::unique_ptr<source>>> open_anywhere(const request& r);

  const settings& settings_;
  const clock& time_;
  stats counts_;
  local_files local_;
  client client_;
};

}  // namespace tailrace::fetch
