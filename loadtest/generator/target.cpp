#include "loadtest/generator/target.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
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

// The user's header lines, and whether they bring a Host of their own.
struct extra_headers {
  std::string lines;
  bool host = false;
};

void add_header(extra_headers& headers, std::string_view line) {
  const auto colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name) || !is_value(line)) {
    throw bad_target{"--header '" + std::string(line) + "' is not of the form 'Name: value'"};
  }
  const auto field = http::string_to_field(name);
  if (field == http::field::content_length || field == http::field::transfer_encoding ||
      field == http::field::connection || field == http::field::expect) {
    throw bad_target{"--header " + std::string(name) + " is set by the tool itself"};
  }
  headers.host = headers.host || field == http::field::host;
  headers.lines.append(line).append("\r\n");
}

extra_headers collect_headers(const options& o) {
  extra_headers headers;
  for (const auto& line : o.headers) add_header(headers, line);
  if (!o.content_type.empty()) add_header(headers, "Content-Type: " + o.content_type);
  return headers;
}

std::string head_for(const options& o, const boost::urls::url_view& url,
                     const extra_headers& headers) {
  const std::string path(url.encoded_path());
  std::string head = o.method + " " + (path.empty() ? "/" : path);
  if (url.has_query()) head.append("?").append(url.encoded_query());
  head.append(" HTTP/1.1\r\n");
  if (!headers.host) head.append("Host: ").append(url.encoded_host_and_port()).append("\r\n");
  head.append("User-Agent: tailrace-load\r\n").append(headers.lines);
  const bool announces_body = !o.body.empty() || o.method == "POST" || o.method == "PUT";
  if (announces_body) head.append("Content-Length: " + std::to_string(o.body.size()) + "\r\n");
  if (!o.keepalive) head.append("Connection: close\r\n");
  return head.append("\r\n");
}

void add_url(target& t, const options& o, const std::string& text, const extra_headers& headers) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) throw bad_target{"'" + text + "' is not an absolute URL"};
  const boost::urls::url_view& url = *parsed;
  if (url.scheme_id() != boost::urls::scheme::http || url.encoded_host().empty()) {
    throw bad_target{"'" + text + "': only http://host… is spoken"};
  }
  const std::string host(url.host_address());
  const std::string port = url.has_port() ? std::string(url.port()) : "80";
  if (t.heads.empty()) {
    t.host = host;
    t.port = port;
  } else if (host != t.host || port != t.port) {
    throw bad_target{"'" + text + "' has another host or port than the first URL"};
  }
  t.heads.push_back(head_for(o, url, headers));
}

}  // namespace

std::variant<target, std::string> make_target(const options& o) try {
  if (!is_token(o.method)) throw bad_target{"--method '" + o.method + "' is no HTTP method"};
  if (o.method == "CONNECT") throw bad_target{"--method CONNECT is not supported"};
  const extra_headers headers = collect_headers(o);
  target t;
  for (const auto& url : o.urls) add_url(t, o, url, headers);
  t.body = o.body;
  t.head_method = o.method == "HEAD";
  t.keepalive = o.keepalive;
  return t;
} catch (const bad_target& e) {
  return e.reason;
}

}  // namespace tailrace::load
