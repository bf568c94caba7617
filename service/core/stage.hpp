// The stages a request can pass through: the names in Server-Timing and in
// tailrace_stage_duration_seconds, and the times one request spent in them.
#pragma once
#include "core/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tailrace {

enum class stage : std::uint8_t {
  queue,  // waiting for a compute worker
  dns,
  connect,
  tls,
  wait,      // from the origin request sent to its answer's head
  download,  // receiving the source: from the origin, from the client or from a file
  hash,
  decode,
  resize,
  encode,
};

inline constexpr std::array<std::string_view, 10> stage_names{
    "queue", "dns", "connect", "tls", "wait", "download", "hash", "decode", "resize", "encode"};

class stage_times {
 public:
  void add(stage s, duration d) noexcept { spent_[static_cast<std::size_t>(s)] += d; }
  duration of(stage s) const noexcept { return spent_[static_cast<std::size_t>(s)]; }
  void clear() noexcept { spent_.fill({}); }

 private:
  std::array<duration, stage_names.size()> spent_{};
};

}  // namespace tailrace
