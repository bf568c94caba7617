// Digests http and https URLs by the service's own fetcher and digestion, under the same policy
// and limits.
#pragma once
#include "api/context.hpp"
#include "compute/hash/hasher.hpp"
#include "core/settings.hpp"
#include "exec/lanes.hpp"
#include "fetch/address_policy.hpp"
#include "fetch/live_fetcher.hpp"
#include "io/cancellation.hpp"
#include "io/thread.hpp"

#include <boost/asio/ssl/context.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::cli {

// "http://…" or "https://…".
bool is_url(std::string_view name) noexcept;

class url_digester {
 public:
  // `s` is resolved, and outlives it as the others do. Throws std::exception with a line for the
  // user when a setting is wrong. Reads the system's certificates: made when a URL is met.
  url_digester(const settings& s, io::thread& on, exec::lanes& lanes);

  // The errors of fetchers and of digest_source(). `read` grows as bytes arrive.
  io::awaitable<result<hash::digest_list>> digest(const std::string& url,
                                                  const hash::algorithm_list& algorithms,
                                                  io::cancellation& called_off,
                                                  std::atomic<std::uint64_t>& read);

  // What would keep the thread's context running; after the last digest().
  void close() noexcept { fetcher_.close(); }

 private:
  logger silent_;
  metrics::http_cells cells_;
  api::shared shared_;
  const fetch::address_policy policy_;
  boost::asio::ssl::context tls_;
  fetch::live_fetcher fetcher_;
  api::context context_;
};

}  // namespace tailrace::cli
