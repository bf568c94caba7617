// Bytes that never change once made, shared by reference count: a body read whole, an encoded
// image. Copying is cheap and may happen on any thread.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace {

class body {
 public:
  body() = default;
  explicit body(std::vector<std::byte> bytes)
      : body(std::make_shared<std::vector<std::byte>>(std::move(bytes))) {}

  // Takes memory of any owner (for example a buffer that a codec allocated) without a copy.
  body(std::shared_ptr<const void> owner, std::span<const std::byte> bytes) noexcept
      : owner_(std::move(owner)), bytes_(bytes) {}

  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return bytes_.size(); }
  bool empty() const noexcept { return bytes_.empty(); }

 private:
  explicit body(std::shared_ptr<std::vector<std::byte>> bytes) noexcept : bytes_(*bytes) {
    owner_ = std::move(bytes);
  }

  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

inline std::span<const std::byte> as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tailrace
