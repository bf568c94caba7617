#include "http/multipart.hpp"

#include "http/head.hpp"
#include "http/media_type.hpp"

#include <algorithm>
#include <utility>

namespace tailrace::http {
namespace {

constexpr std::size_t boundary_bytes_max = 70;  // RFC 2046 §5.1.1
constexpr std::string_view line_end = "\r\n";

error broken(std::string what) {
  return error(errc::bad_request, "multipart/form-data: " + std::move(what));
}

bool is_boundary_character(char c) noexcept {
  const bool alphanumeric =
      (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return alphanumeric || std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
}

struct parameter_value {
  std::string_view name;
  std::string value;
};

// Takes `; name=value` or `; name="value"` from the front of `rest`. None at the end, and for what
// is no parameter. A backslash escapes only a quote and itself: browsers send those of file names
// as they are.
std::optional<parameter_value> take_parameter(std::string_view& rest) {
  rest = trimmed(rest);
  if (!rest.starts_with(';')) return std::nullopt;
  rest = trimmed(rest.substr(1));
  const auto equals = rest.find('=');
  if (equals == rest.npos) return std::nullopt;
  parameter_value p{trimmed(rest.substr(0, equals)), {}};
  rest.remove_prefix(equals + 1);
  if (!rest.starts_with('"')) {
    const auto end = std::min(rest.find(';'), rest.size());
    p.value = trimmed(rest.substr(0, end));
    rest.remove_prefix(end);
    return p;
  }
  for (std::size_t i = 1; i < rest.size(); ++i) {
    const bool escape =
        rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\');
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return p;
    }
    if (escape) ++i;
    p.value.push_back(rest[i]);
  }
  return std::nullopt;  // the quote does not end
}

result<void> read_disposition(part_head& part, std::string_view value) {
  const auto semicolon = std::min(value.find(';'), value.size());
  if (!equal_ignoring_case(trimmed(value.substr(0, semicolon)), "form-data"))
    return broken("a part's Content-Disposition is not form-data");
  std::string_view rest = value.substr(semicolon);
  bool named = false;
  while (const auto p = take_parameter(rest)) {
    if (equal_ignoring_case(p->name, "name")) {
      if (std::exchange(named, true)) return broken("a part has two names");
      part.name = p->value;
    } else if (equal_ignoring_case(p->name, "filename")) {
      if (part.filename) return broken("a part has two file names");
      part.filename = p->value;
    }
  }
  if (!trimmed(rest).empty()) return broken("a part's Content-Disposition cannot be read");
  if (!named) return broken("a part has no name");
  return {};
}

// What would have to be decoded before it could be digested (RFC 7578 §4.7 has done away with it).
bool is_identity(std::string_view encoding) noexcept {
  return equal_ignoring_case(encoding, "binary") || equal_ignoring_case(encoding, "8bit") ||
         equal_ignoring_case(encoding, "7bit");
}

}  // namespace

result<std::optional<std::string>> form_boundary(std::string_view content_type) {
  if (!equal_ignoring_case(media_type(content_type), "multipart/form-data"))
    return std::optional<std::string>();
  std::string_view rest =
      content_type.substr(std::min(content_type.find(';'), content_type.size()));
  while (auto p = take_parameter(rest)) {
    if (!equal_ignoring_case(p->name, "boundary")) continue;
    const std::string& b = p->value;
    const bool good = !b.empty() && b.size() <= boundary_bytes_max && b.back() != ' ' &&
                      std::all_of(b.begin(), b.end(), is_boundary_character);
    if (!good) return broken("the boundary is none");
    return std::optional<std::string>(std::move(p->value));
  }
  return broken("Content-Type names no boundary");
}

multipart_parser::multipart_parser(std::string_view boundary)
    : delimiter_("\r\n--" + std::string(boundary)) {}

result<multipart_parser::step> multipart_parser::next(std::string_view input) {
  switch (state_) {
    case state::start:
    case state::preamble:
      return skip_preamble(input);
    case state::delimiter:
      return read_delimiter(input);
    case state::headers:
      return read_headers(input);
    case state::data:
      return read_data(input);
    case state::epilogue:
      break;
  }
  return step{event::more, input.size(), {}};
}

// How many bytes at the end of `input` may be the beginning of a delimiter.
std::size_t multipart_parser::held_back(std::string_view input) const noexcept {
  const std::size_t most = std::min(input.size(), delimiter_.size() - 1);
  for (auto at = input.find('\r', input.size() - most); at != input.npos;
       at = input.find('\r', at + 1))
    if (delimiter_.starts_with(input.substr(at))) return input.size() - at;
  return 0;
}

multipart_parser::step multipart_parser::skip_preamble(std::string_view input) {
  if (state_ == state::start) {
    // The first one may stand at the very beginning, without a line before it.
    const std::string_view first = std::string_view(delimiter_).substr(line_end.size());
    const std::string_view begin = input.substr(0, first.size());
    if (begin.size() < first.size() && first.starts_with(begin)) return {};
    state_ = state::preamble;
    if (begin == first) {
      state_ = state::delimiter;
      return {event::more, first.size(), {}};
    }
  }
  const auto found = input.find(delimiter_);
  if (found == input.npos) return {event::more, input.size() - held_back(input), {}};
  state_ = state::delimiter;
  return {event::more, found + delimiter_.size(), {}};
}

result<multipart_parser::step> multipart_parser::read_delimiter(std::string_view input) {
  if (input.size() < 2) return step{};
  if (input.starts_with("--")) {
    state_ = state::epilogue;
    return step{event::end, 2, {}};
  }
  const auto padding = std::min(input.find_first_not_of(" \t"), input.size());
  const std::string_view rest = input.substr(padding);
  if (padding > padding_bytes_max || !line_end.starts_with(rest.substr(0, line_end.size())))
    return broken("a boundary's line has something behind it");
  if (rest.size() < line_end.size()) return step{};
  state_ = state::headers;
  return step{event::more, padding + line_end.size(), {}};
}

result<multipart_parser::step> multipart_parser::read_headers(std::string_view input) {
  const auto end = input.find("\r\n\r\n");
  if (input.starts_with(line_end)) return broken("a part has no Content-Disposition");
  if (end == input.npos || end > header_bytes_max) {
    if (input.size() >= input_bytes_max) return broken("a part's header section is too long");
    return step{};
  }
  part_ = {};
  bool disposed = false;
  for (std::string_view left = input.substr(0, end + 2); !left.empty();) {
    const auto line_size = left.find(line_end);
    const std::string_view line = left.substr(0, line_size);
    left.remove_prefix(line_size + line_end.size());
    const auto colon = line.find(':');
    if (colon == line.npos || colon == 0) return broken("a part has a header line that is none");
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (equal_ignoring_case(name, "Content-Transfer-Encoding") && !is_identity(value))
      return broken("a part is encoded");
    if (!equal_ignoring_case(name, "Content-Disposition")) continue;
    if (std::exchange(disposed, true)) return broken("a part has two Content-Dispositions");
    if (const auto read = read_disposition(part_, value); read.has_error()) return read.error();
  }
  if (!disposed) return broken("a part has no Content-Disposition");
  state_ = state::data;
  return step{event::part, end + 4, {}};
}

multipart_parser::step multipart_parser::read_data(std::string_view input) {
  const auto found = input.find(delimiter_);
  if (found == 0) {
    state_ = state::delimiter;
    return {event::part_end, delimiter_.size(), {}};
  }
  const std::size_t size = found != input.npos ? found : input.size() - held_back(input);
  if (size == 0) return {};
  return {event::data, size, input.substr(0, size)};
}

}  // namespace tailrace::http
