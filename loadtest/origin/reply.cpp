#include "loadtest/origin/reply.hpp"

#include <algorithm>
#include <ratio>
#include <utility>

namespace tailrace::load::faulty {

namespace {

// A slow answer comes in so many pieces a second, or byte by byte if it is slower than that.
constexpr std::uint64_t pieces_per_s = 20;

}  // namespace

reply::reply(message m, std::vector<mark> marks, std::uint64_t bytes_per_s, action ending)
    : message_(std::move(m)),
      marks_(std::move(marks)),
      bytes_per_s_(bytes_per_s),
      ending_(ending) {}

step reply::next(std::span<char> room) {
  if (owed_.count() > 0) return {action::wait, {}, std::exchange(owed_, {})};
  std::uint64_t most = room.size();
  if (passed_ < marks_.size()) {
    const mark& m = marks_[passed_];
    if (m.at <= sent_) {
      ++passed_;
      return m.then;
    }
    most = std::min(most, m.at - sent_);
  }
  if (bytes_per_s_ > 0)
    most = std::min(most, std::max<std::uint64_t>(1, bytes_per_s_ / pieces_per_s));
  const std::size_t n = message_.read(room.first(most));
  if (n == 0) return {ending_};
  sent_ += n;
  if (bytes_per_s_ > 0) owed_ = std::chrono::nanoseconds(std::nano::den) * n / bytes_per_s_;
  return {action::send, {room.data(), n}};
}

}  // namespace tailrace::load::faulty
