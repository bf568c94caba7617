// The bytes of a body, without its framing: made from a seed, read from memory, or without end.
// Cheap to copy and to read from any place.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>

namespace tailrace::load::faulty {

class content {
 public:
  static constexpr std::uint64_t endless = std::numeric_limits<std::uint64_t>::max();

  // No bytes.
  content() = default;

  // The same bytes for the same seed, others for every other seed (from 16 bytes on): 16 hex digits
  // that no two seeds share, then a stretch of one block of random bytes that begins elsewhere for
  // each. A copy of memory, so that the origin is not what a measurement waits for.
  static content generated(std::uint64_t seed, std::uint64_t size);

  static content of(std::shared_ptr<const std::string> bytes);
  static content of(std::string bytes);

  std::uint64_t size() const noexcept { return size_; }

  // Fills `to` from this place on; place + to.size() must not exceed the size.
  void copy(std::uint64_t place, std::span<char> to) const;

  // All of it, which must not be endless.
  std::string text() const;

 private:
  std::shared_ptr<const std::string> bytes_;  // none: generated
  std::string start_;                         // of what is generated
  std::uint64_t offset_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace tailrace::load::faulty
