#include "api/batch_document.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <string>

namespace tailrace::api {
namespace {

namespace json = boost::json;

// What a document must look like from outside: an object with one key, "items", whose value is an
// array. Counts values and keys; keeps nothing.
class shape {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  std::size_t values_max = max_array_size;
  bool is_batch() const noexcept { return items_ && keys_ == 1; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code& ec) {
    ++depth_;
    return value(ec);
  }
  bool on_object_end(std::size_t, json::error_code&) {
    --depth_;
    return true;
  }
  bool on_array_begin(json::error_code& ec) {
    if (depth_ == 1 && in_items_) items_ = true;
    ++depth_;
    return value(ec);
  }
  bool on_array_end(std::size_t, json::error_code&) {
    --depth_;
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    if (depth_ == 1) key_.append(part.substr(0, 8));
    return true;
  }
  bool on_key(json::string_view part, std::size_t size, json::error_code& ec) {
    if (depth_ == 1) {
      key_.append(part.substr(0, 8));
      in_items_ = size == 5 && key_ == "items";
      key_.clear();
      ++keys_;
    }
    return value(ec);
  }
  bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_string(json::string_view, std::size_t, json::error_code& ec) { return value(ec); }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code& ec) { return value(ec); }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code& ec) { return value(ec); }
  bool on_double(double, json::string_view, json::error_code& ec) { return value(ec); }
  bool on_bool(bool, json::error_code& ec) { return value(ec); }
  bool on_null(json::error_code& ec) { return value(ec); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  bool value(json::error_code& ec) {
    if (++values_ <= values_max) return true;
    ec = json::error::array_too_large;
    return false;
  }

  std::size_t values_ = 0;
  std::size_t depth_ = 0;
  std::size_t keys_ = 0;  // of the outermost object
  std::string key_;
  bool in_items_ = false;
  bool items_ = false;
};

// How much of `text` is JSON; all of it when `ec` says nothing.
std::size_t parse(json::basic_parser<shape>& parser, std::string_view text, json::error_code& ec) {
  const std::size_t n = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && n < text.size()) ec = json::error::extra_data;
  return n;
}

std::string_view skip_space(std::string_view text) noexcept {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

// Behind the string that `text` begins with.
std::size_t end_of_string(std::string_view text) noexcept {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

// Behind the value that `text` begins with, which is followed by `,` or `]`.
std::size_t end_of_value(std::string_view text) noexcept {
  std::size_t depth = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    const char c = text[i];
    if (c == '"') {
      i += end_of_string(text.substr(i));
      continue;
    }
    if (depth == 0 && (c == ',' || c == ']')) break;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++i;
  }
  return i;
}

}  // namespace

result<void> check_document(std::string_view text) {
  json::basic_parser<shape> parser(json::parse_options{});
  json::error_code ec;
  const std::size_t read = parse(parser, text, ec);
  if (ec) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(read);
    return error(errc::bad_parameter, "the body is not JSON, line " +
                                          std::to_string(1 + std::count(text.begin(), end, '\n')) +
                                          ": " + ec.message());
  }
  if (!skip_space(text).starts_with('{') || !parser.handler().is_batch())
    return error(errc::bad_parameter,
                 "the body must be an object with one member, the array items");
  return {};
}

bool is_small_json(std::string_view text, std::size_t values_max) {
  json::basic_parser<shape> parser(json::parse_options{});
  parser.handler().values_max = values_max;
  json::error_code ec;
  parse(parser, text, ec);
  return ec != json::error::array_too_large;
}

document_items::document_items(std::string_view text) noexcept {
  text = skip_space(text).substr(1);  // {
  text = skip_space(text);
  text = skip_space(text.substr(end_of_string(text)));  // "items"
  text = skip_space(text.substr(1));                    // :
  rest_ = skip_space(text.substr(1));                   // [
}

std::optional<std::string_view> document_items::next() noexcept {
  if (rest_.starts_with(']')) return std::nullopt;
  const std::size_t end = end_of_value(rest_);
  const std::string_view item = rest_.substr(0, end);
  rest_.remove_prefix(end);
  if (rest_.starts_with(',')) rest_.remove_prefix(1);
  rest_ = skip_space(rest_);
  return item;
}

}  // namespace tailrace::api
