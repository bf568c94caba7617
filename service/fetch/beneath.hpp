// Opens a file beneath a directory so that no spelling, symbolic link or race leads outside:
// openat2(2) with RESOLVE_BENEATH, or where the kernel has none, one component at a time without
// following links.
#pragma once
#include "core/error.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace tailrace::fetch {

// Owns a descriptor.
class file_descriptor {
 public:
  explicit file_descriptor(int fd = -1) noexcept : fd_(fd) {}
  file_descriptor(file_descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  file_descriptor& operator=(file_descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~file_descriptor();

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

struct opened_file {
  opened_file(file_descriptor d, std::uint64_t n, std::string v) noexcept
      : descriptor(std::move(d)), size(n), validator(std::move(v)) {}

  file_descriptor descriptor;
  std::uint64_t size;     // bytes, when it was opened
  std::string validator;  // an entity tag of size and time of change
};

// `path` is relative, as local_path() makes it. May wait for the disk. errc::source_not_found;
// source_refused for what leads outside, is no regular file or may not be read; overloaded when
// there are no descriptors left.
result<opened_file> open_beneath(int root, const std::string& path);

// The fallback, for itself.
file_descriptor walk_beneath(int root, const std::string& path);

}  // namespace tailrace::fetch
