#include "http/query.hpp"

#include "core/hex.hpp"

namespace tailrace::http {
namespace {

// Far more than there are; looking for repetitions takes time that grows with the square.
constexpr std::size_t parameters_max = 64;

}  // namespace

target split_target(std::string_view raw) noexcept {
  if (const auto scheme = raw.find("://"); !raw.starts_with('/') && scheme != raw.npos) {
    const auto path = raw.find_first_of("/?", scheme + 3);
    raw = path == raw.npos ? std::string_view("/") : raw.substr(path);
  }
  const auto mark = raw.find('?');
  target t{raw.substr(0, mark), {}};
  if (mark != raw.npos) t.query = raw.substr(mark + 1);
  if (t.path.empty()) t.path = "/";
  return t;
}

result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return error(errc::bad_parameter, "a broken percent-escape");
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  if (out.find('\0') != out.npos) return error(errc::bad_parameter, "a NUL character");
  return out;
}

result<std::vector<parameter>> parse_query(std::string_view query) {
  std::vector<parameter> all;
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == query.npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    if (all.size() == parameters_max) return error(errc::bad_parameter, "too many parameters");
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals));
    if (name.has_error()) return error(errc::bad_parameter, name.error().detail + " in the query");
    if (name->empty()) return error(errc::bad_parameter, "a parameter without a name");
    auto value = percent_decode(equals == pair.npos ? std::string_view() : pair.substr(equals + 1));
    if (value.has_error())
      return error(errc::bad_parameter, value.error().detail + " in parameter '" + *name + "'");
    all.push_back({std::move(*name), std::move(*value)});
  }
  return all;
}

}  // namespace tailrace::http
