#include "http/framing.hpp"

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

bool is_host_character(char c) noexcept {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return std::string_view("-._~!$&'()*+,;=:[]%").find(c) != std::string_view::npos;
}

// uri-host [":" port] by its characters (RFC 9110 §7.2); empty is allowed by the RFC.
bool is_host(std::string_view value) noexcept {
  for (const char c : value)
    if (!is_host_character(c)) return false;
  const auto colon = value.rfind(':');
  if (colon == std::string_view::npos || value.ends_with(']')) return true;
  for (const char c : value.substr(colon + 1))
    if (c < '0' || c > '9') return false;
  return true;
}

result<void> check_host(const request_head& head) {
  const std::size_t hosts = head.fields.count(field_name::host);
  if (hosts > 1) return error(errc::bad_request, "Host is repeated");
  if (hosts == 0) {
    if (head.version == version::http_1_0) return {};
    return error(errc::bad_request, "Host is missing");
  }
  if (!is_host(head.fields.find(field_name::host)->value))
    return error(errc::bad_request, "Host is malformed");
  return {};
}

// RFC 9112 §3.2: origin-form, absolute-form, or "*" for OPTIONS.
result<void> check_target(const request_head& head) {
  const std::string_view target = head.target;
  if (target.find('#') != std::string_view::npos)
    return error(errc::bad_request, "a fragment in the request target");
  if (target.starts_with('/') || target.starts_with("http://") || target.starts_with("https://"))
    return {};
  if (target == "*" && head.method == method::options) return {};
  return error(errc::bad_request, "the request target is neither a path nor an absolute URL");
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
  if (const field* expect = head.fields.find(field_name::expect)) {
    if (!equal_ignoring_case(expect->value, "100-continue"))
      return error(errc::expectation_failed, "only Expect: 100-continue is known");
    f.expect_continue = head.version == version::http_1_1 && f.kind != body_kind::none;
  }
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
