// In which order, and when, the addresses of a host are tried (RFC 8305). Pure: decides, and
// leaves connecting to connect_race.
#pragma once
#include "core/deadline.hpp"
#include "fetch/dns_answer.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace tailrace::fetch {

// RFC 8305 §5: how long an attempt has before the next one joins it.
inline constexpr duration connection_attempt_delay = std::chrono::milliseconds(250);
// RFC 8305 §3: how long the addresses of the other family are waited for when there are some.
inline constexpr duration resolution_delay = std::chrono::milliseconds(50);

// RFC 8305 §4: the families take turns, IPv6 begins; within a family the order is the answer's.
// Each address once.
std::vector<address> by_turns(const std::vector<address>& found);

// Says when which attempt starts. Attempts go on until one succeeds; none is given up because the
// next one starts.
class attempt_schedule {
 public:
  explicit attempt_schedule(std::size_t attempts) noexcept : attempts_(attempts) {}

  // The number of the attempt to start now, counted from 0; each is given out once.
  std::optional<std::size_t> start(time_point now) noexcept {
    if (started_ == attempts_ || !next_.passed(now)) return std::nullopt;
    next_ = deadline::after(now, connection_attempt_delay);
    ++under_way_;
    return started_++;
  }

  // One that was started has failed: the next one need not wait.
  void failed() noexcept {
    --under_way_;
    next_ = deadline{time_point::min()};
  }

  // When start() gives out the next one; never if that was the last.
  deadline next() const noexcept { return started_ == attempts_ ? deadline{} : next_; }

  // None is under way, and none is left.
  bool exhausted() const noexcept { return under_way_ == 0 && started_ == attempts_; }

 private:
  std::size_t attempts_;
  std::size_t started_ = 0;
  std::size_t under_way_ = 0;
  deadline next_{time_point::min()};
};

}  // namespace tailrace::fetch
