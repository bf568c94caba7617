// Digests whatever the command line names: files by one job each on the short lane, URLs by the
// service's fetcher. On the I/O thread.
#pragma once
#include "cli/stop_event.hpp"
#include "cli/url_digest.hpp"
#include "compute/hash/hasher.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tailrace::cli {

class digester {
 public:
  // All outlive it; `s` is resolved. `read` grows as bytes are.
  digester(const settings& s, io::thread& on, exec::lanes& lanes,
           std::atomic<std::uint64_t>& read) noexcept
      : settings_(s), thread_(on), lanes_(lanes), read_(read) {}

  // The errors of digest_file() and url_digester::digest(); internal for an exception. `name`
  // stays until then, and `stop` is of the same cancellation.
  io::awaitable<result<hash::digest_list>> digest(const std::string& name,
                                                  hash::algorithm_list algorithms,
                                                  std::shared_ptr<const stop_event> stop,
                                                  io::cancellation& called_off);

  // After the last digest().
  void close() noexcept {
    if (urls_) urls_->close();
  }

 private:
  io::awaitable<result<hash::digest_list>> digest_or_throw(const std::string& name,
                                                           const hash::algorithm_list& algorithms,
                                                           const stop_event& stop,
                                                           io::cancellation& called_off);

  const settings& settings_;
  io::thread& thread_;
  exec::lanes& lanes_;
  std::atomic<std::uint64_t>& read_;
  std::optional<url_digester> urls_;  // once there is one to digest
};

}  // namespace tailrace::cli
