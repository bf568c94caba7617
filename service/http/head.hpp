// Heads of messages as values: views into the bytes that were received, nothing copied. Parsed by
// Boost.Beast's basic_parser from a head that http/head_scanner.hpp has already found and checked.
#pragma once
#include "core/error.hpp"

#include <boost/beast/http/field.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace tailrace::http {

using field_name = boost::beast::http::field;

struct field {
  field_name id;  // field_name::unknown for names outside the registry
  std::string_view name;
  std::string_view value;  // without surrounding white space
};

class fields {
 public:
  // The value of the first field of that name, or null.
  const field* find(field_name id) const noexcept;
  const field* find(std::string_view name) const noexcept;  // case-insensitive
  std::size_t count(field_name id) const noexcept;

  auto begin() const noexcept { return list_.begin(); }
  auto end() const noexcept { return list_.end(); }
  std::size_t size() const noexcept { return list_.size(); }
  void add(const field& f) { list_.push_back(f); }
  void clear() noexcept { list_.clear(); }

 private:
  std::vector<field> list_;
};

enum class method : std::uint8_t { get, head, post, options, other };
std::string_view name_of(method m) noexcept;

enum class version : std::uint8_t { http_1_0, http_1_1 };

struct request_head {
  http::method method = method::other;
  http::version version = version::http_1_1;
  std::string_view method_text;
  std::string_view target;
  http::fields fields;

  void clear() noexcept {
    method = http::method::other;
    version = http::version::http_1_1;
    method_text = target = {};
    fields.clear();
  }
};

struct response_head {
  http::version version = version::http_1_1;
  unsigned status = 0;
  http::fields fields;
};

// Parses one whole head (start line to empty line). `into` is overwritten and keeps views into
// `bytes`, and its memory for the next head. errc::bad_request for a request.
result<void> parse_head(std::string_view bytes, request_head& into);

// The same for a response; errc::origin_bad_response.
result<void> parse_head(std::string_view bytes, response_head& into);

// Without spaces and tabs at both ends (OWS, RFC 9110 §5.6.3).
std::string_view trimmed(std::string_view text) noexcept;

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

// Whether a comma-separated list (RFC 9110 §5.6.1) holds `token`, ignoring case.
bool list_has(std::string_view list, std::string_view token) noexcept;

}  // namespace tailrace::http
