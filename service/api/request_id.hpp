// X-Request-Id: taken over where it is harmless, else made.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::api {

// [A-Za-z0-9._-]{1,128}: nothing that could break a log line or a header.
bool is_request_id(std::string_view text) noexcept;

// Sixteen hex digits that no other process is likely to have; not secret.
std::string random_name();

// Unique per process with overwhelming probability, not secret. One per I/O thread.
class request_id_maker {
 public:
  explicit request_id_maker(std::uint64_t seed) noexcept : state_(seed) {}

  // Appends 32 hex digits.
  void append(std::string& out);

  // 64 bits of one, never 0.
  std::uint64_t next() noexcept;

 private:
  std::uint64_t state_;
};

}  // namespace tailrace::api
