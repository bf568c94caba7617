// Finds the final response head in what an origin sent, behind a bounded number of interim (1xx)
// ones. Pure and incremental.
#pragma once
#include "core/error.hpp"
#include "http/framing.hpp"
#include "http/head.hpp"
#include "http/head_scanner.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace tailrace::fetch {

class answer_reader {
 public:
  static constexpr unsigned interim_max = 5;

  explicit answer_reader(const http::head_limits& limits) noexcept : scanner_(limits) {}

  // `received` is everything since the request was sent, the bytes seen by earlier calls included.
  // Returns where the body begins, or none when more is needed. Every refusal is
  // errc::origin_bad_response.
  result<std::optional<std::size_t>> feed(std::string_view received);

  // Once found. The head's views are into the bytes of the last call.
  const http::response_head& head() const noexcept { return head_; }
  const http::framing& framing() const noexcept { return framing_; }

 private:
  http::head_scanner scanner_;
  http::response_head head_;
  http::framing framing_;
  std::size_t skipped_ = 0;  // bytes of interim heads
  unsigned interim_ = 0;
};

}  // namespace tailrace::fetch
