// The query of one request while an endpoint takes its parameters out of it. What nobody took is
// an error in the end: a misspelt option must not be ignored.
#pragma once
#include "core/error.hpp"
#include "http/query.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::api {

class parameters {
 public:
  // errc::bad_parameter for a broken query or a parameter given twice.
  static result<parameters> parse(std::string_view query);

  // The value, which is then no longer left.
  std::optional<std::string> take(std::string_view name);

  // As take(), but errc::bad_parameter when it is missing or empty.
  result<std::string> require(std::string_view name);

  // Not taken yet.
  const std::vector<http::parameter>& left() const noexcept { return left_; }

  // errc::bad_parameter naming the first parameter that is left.
  result<void> done() const;

 private:
  std::vector<http::parameter> left_;
};

}  // namespace tailrace::api
