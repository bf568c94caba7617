#include "loadtest/origin/message.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

namespace tailrace::load::faulty {
namespace {

constexpr std::string_view last_chunk = "0\r\n\r\n";

std::string hex(std::uint64_t n) {
  std::array<char, 16> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + 16, n, 16).ptr};
}

// What a chunk of so many bytes is on the wire.
std::uint64_t framed(std::uint64_t n) {
  return hex(n).size() + 2 + n + 2;
}

}  // namespace

message::message(std::string head, content body, std::uint64_t chunk_bytes)
    : ready_(std::move(head)),
      body_(std::move(body)),
      head_size_(ready_.size()),
      chunk_bytes_(chunk_bytes),
      chunk_end_(chunk_bytes == 0 ? body_.size() : 0) {}

std::uint64_t message::size() const noexcept {
  const std::uint64_t n = body_.size();
  if (n == content::endless) return n;
  if (chunk_bytes_ == 0) return head_size_ + n;
  const std::uint64_t rest = n % chunk_bytes_;
  return head_size_ + n / chunk_bytes_ * framed(chunk_bytes_) + (rest > 0 ? framed(rest) : 0) +
         last_chunk.size();
}

std::size_t message::read(std::span<char> room) {
  std::size_t filled = 0;
  while (filled < room.size()) {
    const auto rest = room.subspan(filled);
    if (ready_taken_ < ready_.size()) {
      const std::size_t n = std::min(rest.size(), ready_.size() - ready_taken_);
      std::memcpy(rest.data(), ready_.data() + ready_taken_, n);
      ready_taken_ += n;
      filled += n;
    } else if (place_ < chunk_end_) {
      const auto n = std::min<std::uint64_t>(rest.size(), chunk_end_ - place_);
      body_.copy(place_, rest.first(n));
      place_ += n;
      filled += n;
    } else if (chunk_bytes_ > 0 && !last_chunk_) {
      next_chunk();
    } else {
      break;
    }
  }
  return filled;
}

void message::next_chunk() {
  ready_ = place_ > 0 ? "\r\n" : "";
  ready_taken_ = 0;
  const std::uint64_t n = std::min(chunk_bytes_, body_.size() - place_);
  chunk_end_ = place_ + n;
  last_chunk_ = n == 0;
  if (last_chunk_) {
    ready_ += last_chunk;
  } else {
    ready_.append(hex(n)).append("\r\n");
  }
}

}  // namespace tailrace::load::faulty
