// The query of one request while an endpoint takes its parameters out of it. What nobody took is
// an error in the end: a misspelt option must not be ignored.
#pragma once
#include "core/error.hpp"
#include "http/query.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::api {

// Of every timeout_ms: a day.
inline constexpr std::int64_t timeout_ms_max = 24 * 3600 * 1000;

class parameters {
 public:
  // errc::bad_parameter for a broken query or a parameter given twice.
  static result<parameters> parse(std::string_view query);

  // The value, which is then no longer left.
  std::optional<std::string> take(std::string_view name);

  // As take(), but errc::bad_parameter when it is missing or empty.
  result<std::string> require(std::string_view name);

  // Whether it is the second of the two words it may be; the first stands for one that is missing.
  result<bool> take_choice(std::string_view name, std::string_view first, std::string_view second);

  // Not taken yet.
  const std::vector<http::parameter>& left() const noexcept { return left_; }

  // errc::bad_parameter naming the first parameter that is left.
  result<void> done() const;

 private:
  std::vector<http::parameter> left_;
};

}  // namespace tailrace::api
