#include "http/response.hpp"

#include "core/decimal.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tailrace::http {
namespace {

// Whole status lines, ready to be sent; the one that nearly every answer has comes first.
constexpr std::array<std::pair<unsigned, std::string_view>, 27> status_lines{{
    {200, "HTTP/1.1 200 OK\r\n"},
    {204, "HTTP/1.1 204 No Content\r\n"},
    {206, "HTTP/1.1 206 Partial Content\r\n"},
    {304, "HTTP/1.1 304 Not Modified\r\n"},
    {400, "HTTP/1.1 400 Bad Request\r\n"},
    {401, "HTTP/1.1 401 Unauthorized\r\n"},
    {403, "HTTP/1.1 403 Forbidden\r\n"},
    {404, "HTTP/1.1 404 Not Found\r\n"},
    {405, "HTTP/1.1 405 Method Not Allowed\r\n"},
    {408, "HTTP/1.1 408 Request Timeout\r\n"},
    {411, "HTTP/1.1 411 Length Required\r\n"},
    {412, "HTTP/1.1 412 Precondition Failed\r\n"},
    {413, "HTTP/1.1 413 Content Too Large\r\n"},
    {414, "HTTP/1.1 414 URI Too Long\r\n"},
    {415, "HTTP/1.1 415 Unsupported Media Type\r\n"},
    {416, "HTTP/1.1 416 Range Not Satisfiable\r\n"},
    {417, "HTTP/1.1 417 Expectation Failed\r\n"},
    {421, "HTTP/1.1 421 Misdirected Request\r\n"},
    {422, "HTTP/1.1 422 Unprocessable Content\r\n"},
    {424, "HTTP/1.1 424 Failed Dependency\r\n"},
    {429, "HTTP/1.1 429 Too Many Requests\r\n"},
    {431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
    {500, "HTTP/1.1 500 Internal Server Error\r\n"},
    {501, "HTTP/1.1 501 Not Implemented\r\n"},
    {502, "HTTP/1.1 502 Bad Gateway\r\n"},
    {503, "HTTP/1.1 503 Service Unavailable\r\n"},
    {504, "HTTP/1.1 504 Gateway Timeout\r\n"},
}};

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// Empty when we never send it.
std::string_view status_line_of(unsigned status) noexcept {
  const auto found = std::find_if(status_lines.begin(), status_lines.end(),
                                  [&](const auto& line) { return line.first == status; });
  return found == status_lines.end() ? std::string_view() : found->second;
}

bool has_length(unsigned status) noexcept {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

std::string_view reason_of(unsigned status) noexcept {
  constexpr std::size_t before = std::string_view("HTTP/1.1 200 ").size();
  const std::string_view line = status_line_of(status);
  if (line.empty()) return "Unknown";
  return line.substr(before, line.size() - before - 2);
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
  close = streamed = false;
  added_.clear();
}

void append_head(std::string& out, const response& r, const head_context& context) {
  const std::string_view line = status_line_of(r.status);
  if (line.empty()) {
    out.append("HTTP/1.1 ");
    append_decimal(out, r.status);
    out.append(" Unknown\r\n");
  }
  out.append(line);
  out.append(context.date_line);
  if (!r.content_type.empty()) append_line(out, "Content-Type", r.content_type);
  if (r.streamed) {
    if (context.version != version::http_1_0) append_line(out, "Transfer-Encoding", "chunked");
  } else if (has_length(r.status)) {
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
