#include "loadtest/generator/target.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tailrace::load {
namespace {

namespace http = boost::beast::http;

struct bad_target {
  std::string reason;
};

bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alphanumeric || others.find(c) != std::string_view::npos;
  });
}

bool is_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
  });
}

constexpr std::string_view number_mark = "{n}";

// The user's header lines, and whether they bring a Host of their own.
struct extra_headers {
  std::string lines;
  bool host = false;
};

void add_header(extra_headers& headers, std::string_view line) {
  const auto colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name) || !is_value(line)) {
    throw bad_target{"header '" + std::string(line) + "' is not of the form 'Name: value'"};
  }
  const auto field = http::string_to_field(name);
  if (field == http::field::content_length || field == http::field::transfer_encoding ||
      field == http::field::connection || field == http::field::expect) {
    throw bad_target{"header " + std::string(name) + " is set by the tool itself"};
  }
  headers.host = headers.host || field == http::field::host;
  headers.lines.append(line).append("\r\n");
}

extra_headers collect_headers(const request_kind& kind) {
  extra_headers headers;
  for (const auto& line : kind.headers) add_header(headers, line);
  return headers;
}

// Where the path of a URL begins, or what comes instead of one.
std::size_t host_end_of(std::string_view url) {
  const auto host = url.find("//");
  return host == url.npos ? 0 : std::min(url.find_first_of("/?#", host + 2), url.size());
}

// What of a URL goes into the request line, as it was written.
std::string_view request_target_of(std::string_view url) {
  url.remove_prefix(host_end_of(url));
  return url.substr(0, url.find('#'));
}

// A text in pieces, between which the numbers belong.
std::vector<std::string_view> split_at_numbers(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (auto at = text.find(number_mark); at != text.npos; at = text.find(number_mark)) {
    pieces.push_back(text.substr(0, at));
    text.remove_prefix(at + number_mark.size());
  }
  pieces.push_back(text);
  return pieces;
}

std::string with_zeros(std::string_view text) {
  std::string out;
  for (const auto piece : split_at_numbers(text)) out.append(out.empty() ? "" : "0").append(piece);
  return out;
}

message_head head_for(const plan& p, const request_kind& kind, const std::string& url_text,
                      const boost::urls::url_view& url, const extra_headers& headers) {
  message_head head;
  std::string& text = head.text;
  const std::string_view requested = request_target_of(url_text);
  text.append(kind.method).append(requested.starts_with('/') ? " " : " /");
  for (const auto piece : split_at_numbers(requested)) {
    text.append(piece);
    head.numbers_at.push_back(text.size());
  }
  head.numbers_at.pop_back();
  text.append(" HTTP/1.1\r\n");
  if (!headers.host) text.append("Host: ").append(url.encoded_host_and_port()).append("\r\n");
  text.append("User-Agent: tailrace-load\r\n").append(headers.lines);
  const bool announces_body = !kind.body.empty() || kind.method == "POST" || kind.method == "PUT";
  if (announces_body) text.append("Content-Length: " + std::to_string(kind.body.size()) + "\r\n");
  if (!p.keepalive) text.append("Connection: close\r\n");
  text.append("\r\n");
  return head;
}

// Read here: Boost.URL and the resolver alike may cut a number beyond 65535 to that of another
// port.
std::string port_of(const std::string& text, const boost::urls::url_view& url) {
  const std::string_view digits = url.port();
  if (digits.empty()) return "80";
  std::uint16_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (read.ec != std::errc() || number == 0) {
    throw bad_target{"'" + text + "' has a port that is not from 1 to 65535"};
  }
  return std::to_string(number);
}

void add_url(target& t, const plan& p, const request_kind& kind, const std::string& text,
             const extra_headers& headers) {
  const std::string example = with_zeros(text);
  if (text.find(number_mark) < host_end_of(text))
    throw bad_target{"'" + text + "' has {n} before its path"};
  const auto parsed = boost::urls::parse_uri(example);
  if (!parsed) throw bad_target{"'" + text + "' is not an absolute URL"};
  const boost::urls::url_view& url = *parsed;
  if (url.scheme_id() != boost::urls::scheme::http || url.encoded_host().empty()) {
    throw bad_target{"'" + text + "': only http://host… is spoken"};
  }
  const std::string host(url.host_address());
  const std::string port = port_of(text, url);
  if (t.host.empty()) {
    t.host = host;
    t.port = port;
  } else if (host != t.host || port != t.port) {
    throw bad_target{"'" + text + "' has another host or port than the first URL"};
  }
  t.kinds.back().heads.push_back(head_for(p, kind, text, url, headers));
}

void add_kind(target& t, const plan& p, const request_kind& kind) try {
  if (!is_token(kind.method)) throw bad_target{"method '" + kind.method + "' is none of HTTP"};
  if (kind.method == "CONNECT") throw bad_target{"method CONNECT is not supported"};
  t.kinds.push_back({{}, kind.body, kind.method == "HEAD", kind.expect, kind.expect.needs()});
  const extra_headers headers = collect_headers(kind);
  for (const auto& url : kind.urls) add_url(t, p, kind, url, headers);
} catch (const bad_target& e) {
  if (kind.name.empty()) throw;
  throw bad_target{"request '" + kind.name + "': " + e.reason};
}

}  // namespace

std::string message_head::with(std::uint64_t number) const {
  std::string digits = std::to_string(number);
  std::string out;
  out.reserve(text.size() + numbers_at.size() * digits.size());
  std::size_t from = 0;
  for (const std::size_t at : numbers_at) {
    out.append(text, from, at - from).append(digits);
    from = at;
  }
  return out.append(text, from);
}

std::variant<target, std::string> make_target(const plan& p) try {
  target t;
  t.keepalive = p.keepalive;
  for (const auto& kind : p.kinds) add_kind(t, p, kind);
  return t;
} catch (const bad_target& e) {
  return e.reason;
}

}  // namespace tailrace::load
