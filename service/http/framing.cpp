#include "http/framing.hpp"

#include "core/hex.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace tailrace::http {
namespace {

constexpr std::uint64_t length_max = std::uint64_t{1} << 62;

struct length_fields {
  std::optional<std::uint64_t> length;
  bool chunked = false;
};

// RFC 9112 §6.1-6.3, the part that requests and responses share. The string is the refusal.
result<length_fields> read_length_fields(const fields& all, version v, errc refusal) {
  length_fields found;
  const std::size_t lengths = all.count(field_name::content_length);
  const std::size_t codings = all.count(field_name::transfer_encoding);
  if (lengths > 1) return error(refusal, "Content-Length is repeated");
  if (codings > 1) return error(refusal, "Transfer-Encoding is repeated");
  if (lengths == 1 && codings == 1)
    return error(refusal, "Content-Length and Transfer-Encoding in one message");
  if (codings == 1) {
    if (v == version::http_1_0) return error(refusal, "Transfer-Encoding in HTTP/1.0");
    if (!equal_ignoring_case(all.find(field_name::transfer_encoding)->value, "chunked"))
      return error(refusal, "a Transfer-Encoding other than chunked");
    found.chunked = true;
  }
  if (lengths == 1) {
    const std::string_view text = all.find(field_name::content_length)->value;
    std::uint64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool padded = text.size() > 1 && text.front() == '0';
    if (ec != std::errc{} || end != text.data() + text.size() || padded || value > length_max)
      return error(refusal, "Content-Length is not a plain decimal number");
    found.length = value;
  }
  return found;
}

bool is_persistent(const fields& all, version v) noexcept {
  bool close = false, keep = false;
  for (const field& f : all) {
    if (f.id != field_name::connection) continue;
    close = close || list_has(f.value, "close");
    keep = keep || list_has(f.value, "keep-alive");
  }
  return !close && (v == version::http_1_1 || keep);
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// Of a registered name (RFC 3986 §3.2.2), but for the comma: a middle box that joins two Host
// lines into a list makes one of them. Escapes are looked at apart.
constexpr std::array<bool, 256> make_name_characters() {
  std::array<bool, 256> is{};
  for (unsigned char c = '0'; c <= '9'; ++c) is[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) is[c] = is[c - 'a' + 'A'] = true;
  for (const unsigned char c : std::string_view("-._~!$&'()*+;=")) is[c] = true;
  return is;
}
constexpr auto name_characters = make_name_characters();

// How many characters of `text` are a registered name, an IPv4 address being one.
std::size_t size_of_name(std::string_view text) noexcept {
  std::size_t n = 0;
  while (n < text.size()) {
    if (name_characters[static_cast<unsigned char>(text[n])]) {
      ++n;
    } else if (text[n] == '%' && n + 2 < text.size() && hex_digit(text[n + 1]) >= 0 &&
               hex_digit(text[n + 2]) >= 0) {
      n += 3;
    } else {
      break;
    }
  }
  return n;
}

// The same of an IPv6 address in its brackets, by its characters; 0 when there is none.
std::size_t size_of_bracketed(std::string_view text) noexcept {
  const auto close = text.find(']');
  if (close == std::string_view::npos) return 0;
  std::size_t colons = 0;
  for (const char c : text.substr(1, close - 1)) {
    if (hex_digit(c) < 0 && c != ':' && c != '.') return 0;
    colons += c == ':' ? 1 : 0;
  }
  return colons >= 2 ? close + 1 : 0;
}

// uri-host [":" port] with a host that is not empty (RFC 9110 §4.2.1); no user, as §4.2.4 asks.
bool is_authority(std::string_view text) noexcept {
  const std::size_t host = text.starts_with('[') ? size_of_bracketed(text) : size_of_name(text);
  if (host == 0) return false;
  const std::string_view port = text.substr(host);
  if (!port.empty() && port.front() != ':') return false;
  return std::all_of(port.begin() + (port.empty() ? 0 : 1), port.end(), is_digit);
}

result<void> check_host(const request_head& head) {
  const std::size_t hosts = head.fields.count(field_name::host);
  if (hosts > 1) return error(errc::bad_request, "Host is repeated");
  if (hosts == 0) {
    if (head.version == version::http_1_0) return {};
    return error(errc::bad_request, "Host is missing");
  }
  // Empty is what a client sends whose target has no authority (RFC 9110 §7.2).
  const std::string_view host = head.fields.find(field_name::host)->value;
  if (!host.empty() && !is_authority(host)) return error(errc::bad_request, "Host is malformed");
  return {};
}

// What follows "http://" or "https://", the scheme in any case (RFC 9110 §4.2.3); else none.
std::optional<std::string_view> behind_scheme(std::string_view target) noexcept {
  for (const std::string_view scheme : {"http://", "https://"})
    if (equal_ignoring_case(target.substr(0, scheme.size()), scheme))
      return target.substr(scheme.size());
  return std::nullopt;
}

// RFC 9112 §3.2: origin-form, absolute-form, or "*" for OPTIONS.
result<void> check_target(const request_head& head) {
  const std::string_view target = head.target;
  if (target.find('#') != std::string_view::npos)
    return error(errc::bad_request, "a fragment in the request target");
  if (target.starts_with('/')) return {};
  if (const auto rest = behind_scheme(target)) {
    if (is_authority(rest->substr(0, rest->find_first_of("/?")))) return {};
    return error(errc::bad_request, "the authority of the request target is malformed");
  }
  if (target == "*" && head.method == method::options) return {};
  return error(errc::bad_request, "the request target is neither a path nor an absolute URL");
}

// RFC 9110 §10.1.1, on every line: the one that is overlooked may be the one that is refused.
result<bool> expects_continue(const fields& all) {
  bool expects = false;
  for (const field& f : all) {
    if (f.id != field_name::expect) continue;
    if (!equal_ignoring_case(f.value, "100-continue"))
      return error(errc::expectation_failed, "only Expect: 100-continue is known");
    expects = true;
  }
  return expects;
}

}  // namespace

result<framing> frame_request(const request_head& head) {
  for (const auto& checked : {check_target(head), check_host(head)})
    if (checked.has_error()) return checked.error();
  const auto found = read_length_fields(head.fields, head.version, errc::bad_request);
  if (found.has_error()) return found.error();
  framing f;
  f.keep_alive = is_persistent(head.fields, head.version);
  if (found->chunked) f.kind = body_kind::chunked;
  if (found->length.value_or(0) > 0) {
    f.kind = body_kind::length;
    f.length = *found->length;
  }
  const auto expects = expects_continue(head.fields);
  if (expects.has_error()) return expects.error();
  // HTTP/1.0 knows no interim answers.
  f.expect_continue = *expects && head.version == version::http_1_1 && f.kind != body_kind::none;
  return f;
}

result<framing> frame_response(const response_head& head) {
  const auto found = read_length_fields(head.fields, head.version, errc::origin_bad_response);
  if (found.has_error()) return found.error();
  framing f;
  f.keep_alive = is_persistent(head.fields, head.version);
  const bool bodiless = head.status / 100 == 1 || head.status == 204 || head.status == 304;
  if (bodiless) {
    // RFC 9110 §8.6: a 304 may announce the length its 200 would have; 1xx and 204 may not.
    if (found->chunked || (found->length && head.status != 304))
      return error(errc::origin_bad_response, "a body announced where there can be none");
    return f;
  }
  if (found->chunked) {
    f.kind = body_kind::chunked;
  } else if (found->length) {
    f.kind = *found->length == 0 ? body_kind::none : body_kind::length;
    f.length = *found->length;
  } else {
    f.kind = body_kind::until_close;
    f.keep_alive = false;
  }
  return f;
}

}  // namespace tailrace::http
