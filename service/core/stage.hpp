// The stages a request can pass through: the names in Server-Timing and in
// tailrace_stage_duration_seconds, and the times one request spent in them. One follows the other
// without a gap, so that they sum to the whole; only hashing may go on beside another one.
#pragma once
#include "core/clock.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tailrace {

enum class stage : std::uint8_t {
  queue,  // waiting: for a turn at the origin, for a compute worker, for being admitted
  dns,
  connect,
  tls,
  wait,      // from the origin request sent to its answer's head; for a file to be opened
  download,  // receiving the source: from the origin, from the client or from a file
  hash,
  decode,  // a worker's look at an image before its pixels: header, limits, memory
  resize,  // decoding included, which goes on as pixels are asked for
  encode,
  send,  // the answer, until the client's side has taken it; over only when Server-Timing is sent
};

inline constexpr std::array<std::string_view, 11> stage_names{
    "queue", "dns",    "connect", "tls",    "wait", "download",
    "hash",  "decode", "resize",  "encode", "send"};

class stage_times {
 public:
  void add(stage s, duration d) noexcept { spent_[static_cast<std::size_t>(s)] += d; }
  duration of(stage s) const noexcept { return spent_[static_cast<std::size_t>(s)]; }

  // Hashing that nobody waited for, as more was being received meanwhile. Not part of of(hash).
  void add_beside(duration d) noexcept { beside_ += d; }
  duration beside() const noexcept { return beside_; }

  void add(const stage_times& more) noexcept {
    for (std::size_t i = 0; i < spent_.size(); ++i) spent_[i] += more.spent_[i];
    beside_ += more.beside_;
  }

  // What has come since these times were `before`.
  stage_times since(const stage_times& before) const noexcept {
    stage_times more;
    for (std::size_t i = 0; i < spent_.size(); ++i)
      more.spent_[i] = std::max(duration::zero(), spent_[i] - before.spent_[i]);
    more.beside_ = std::max(duration::zero(), beside_ - before.beside_);
    return more;
  }

  void clear() noexcept {
    spent_.fill({});
    beside_ = {};
  }

 private:
  std::array<duration, stage_names.size()> spent_{};
  duration beside_{};
};

}  // namespace tailrace
