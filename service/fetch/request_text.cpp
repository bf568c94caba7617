#include "fetch/request_text.hpp"

#include <algorithm>
#include <string_view>

namespace tailrace::fetch {
namespace {

// The caller's header section is a stranger's: only what a trace context can consist of passes.
bool is_field_value(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 4096 && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
  });
}

bool is_traceparent(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 128 &&
         text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

}  // namespace

std::string request_text(const url& to, const request& r) {
  std::string text = "GET ";
  text.append(to.target).append(" HTTP/1.1\r\nHost: ").append(authority_of(to));
  text.append("\r\nUser-Agent: tailrace/" TAILRACE_VERSION);
  text.append("\r\nAccept: */*\r\nAccept-Encoding: identity\r\n");
  const auto add = [&](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  if (is_traceparent(r.traceparent)) {
    add("traceparent", r.traceparent);
    if (is_field_value(r.tracestate)) add("tracestate", r.tracestate);
  }
  if (is_field_value(r.via)) add("Via", r.via);
  if (is_field_value(r.if_none_match)) add("If-None-Match", r.if_none_match);
  if (is_field_value(r.if_modified_since)) add("If-Modified-Since", r.if_modified_since);
  return text.append("\r\n");
}

}  // namespace tailrace::fetch
