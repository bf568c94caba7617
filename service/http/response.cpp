#include "http/response.hpp"

#include "core/decimal.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tailrace::http {
namespace {

constexpr std::array<std::pair<unsigned, std::string_view>, 26> reasons{{
    {200, "OK"},
    {204, "No Content"},
    {206, "Partial Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
}};

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

bool has_length(unsigned status) noexcept {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

std::string_view reason_of(unsigned status) noexcept {
  const auto found = std::find_if(reasons.begin(), reasons.end(),
                                  [&](const auto& r) { return r.first == status; });
  return found == reasons.end() ? std::string_view("Unknown") : found->second;
}

void response::add(std::string_view name, std::string_view value) {
  added_.append(name).append(": ");
  const std::size_t begin = added_.size();
  added_.append(value);
  std::replace_if(
      added_.begin() + static_cast<std::ptrdiff_t>(begin), added_.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  added_.append("\r\n");
}

void response::clear() noexcept {
  status = 200;
  content_type.clear();
  text.clear();
  bytes = body();
  close = false;
  added_.clear();
}

void append_head(std::string& out, const response& r, const head_context& context) {
  if (r.status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
  } else {
    out.append("HTTP/1.1 ");
    append_decimal(out, r.status);
    out.append(" ").append(reason_of(r.status)).append("\r\n");
  }
  append_line(out, "Date", context.date);
  if (!r.content_type.empty()) append_line(out, "Content-Type", r.content_type);
  if (has_length(r.status)) {
    out.append("Content-Length: ");
    append_decimal(out, r.content().size());
    out.append("\r\n");
  }
  if (!context.keep_alive) {
    out.append("Connection: close\r\n");
  } else if (context.version == version::http_1_0) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append(r.added()).append("\r\n");
}

}  // namespace tailrace::http
