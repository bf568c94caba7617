#include "loadtest/origin/content.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

namespace tailrace::load::faulty {
namespace {

constexpr std::size_t block_bytes = 1 << 20;

// A bijection of 64 bits (splitmix64): other seeds, other results.
std::uint64_t mixed(std::uint64_t x) noexcept {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

std::string made_block() {
  std::string block(block_bytes, '\0');
  for (std::size_t i = 0; i < block.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t next = mixed(~std::uint64_t{i});
    std::memcpy(block.data() + i, &next, sizeof next);
  }
  return block;
}

const std::string& block() {
  static const std::string made = made_block();
  return made;
}

std::string hex_of(std::uint64_t number) {
  std::string text(16, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, number >>= 4U)
    *digit = "0123456789abcdef"[number & 15U];
  return text;
}

// Copies from `source` at `place` and returns what of `to` is left.
std::span<char> copied(const std::string& source, std::uint64_t place, std::span<char> to) {
  const auto n = std::min<std::size_t>(source.size() - place, to.size());
  std::memcpy(to.data(), source.data() + place, n);
  return to.subspan(n);
}

}  // namespace

content content::generated(std::uint64_t seed, std::uint64_t size) {
  content c;
  const std::uint64_t number = mixed(seed);
  c.start_ = hex_of(number);
  c.offset_ = number % block_bytes;
  c.size_ = size;
  return c;
}

content content::of(std::shared_ptr<const std::string> bytes) {
  content c;
  c.size_ = bytes->size();
  c.bytes_ = std::move(bytes);
  return c;
}

content content::of(std::string bytes) {
  return of(std::make_shared<const std::string>(std::move(bytes)));
}

void content::copy(std::uint64_t place, std::span<char> to) const {
  assert(to.size() <= size_ && place <= size_ - to.size());
  if (to.empty()) return;
  if (bytes_) {
    copied(*bytes_, place, to);
    return;
  }
  if (place < start_.size()) {
    const std::size_t before = to.size();
    to = copied(start_, place, to);
    place += before - to.size();
  }
  while (!to.empty()) {
    const std::size_t before = to.size();
    to = copied(block(), (offset_ + place) % block_bytes, to);
    place += before - to.size();
  }
}

std::string content::text() const {
  assert(size_ != endless);
  std::string all(size_, '\0');
  copy(0, all);
  return all;
}

}  // namespace tailrace::load::faulty
