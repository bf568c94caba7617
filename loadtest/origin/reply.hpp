// How one answer is sent, faults included: a pure machine that says what to do next. Whoever
// performs it calls next() until it says how the connection goes on.
#pragma once
#include "loadtest/origin/message.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tailrace::load::faulty {

enum class action : std::uint8_t {
  send,
  wait,
  stall,         // for as long as the client stays
  keep,          // the answer is over, another may follow
  close,         // the connection ends in an orderly way
  close_rudely,  // without TLS's close_notify
  reset,
};

struct step {
  action what = action::keep;
  std::string_view bytes = {};  // of send: within the room given
  std::chrono::nanoseconds pause = {};
};

// Once so many bytes have been sent.
struct mark {
  std::uint64_t at;
  step then;
};

class reply {
 public:
  // `marks` in the order of their places; behind the last byte comes `ending`. With a rate of 0
  // everything is sent at once.
  reply(message m, std::vector<mark> marks, std::uint64_t bytes_per_s, action ending);

  // Sends use `room`, which must stay as it is until they are done.
  step next(std::span<char> room);

 private:
  message message_;
  std::vector<mark> marks_;
  std::size_t passed_ = 0;  // of the marks
  std::uint64_t bytes_per_s_;
  action ending_;
  std::uint64_t sent_ = 0;
  std::chrono::nanoseconds owed_{};  // to the rate
};

}  // namespace tailrace::load::faulty
