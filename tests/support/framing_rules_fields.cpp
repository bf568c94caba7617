// The header section: line ends, names, values, Host, persistence, Expect, limits.
#include <string>
#include <utility>

#include "tests/support/framing_rules.hpp"

namespace tailrace::test {
namespace {

using namespace std::string_literals;

std::string livez(const std::string& fields) {
  return get("/livez", fields);
}

std::string with_host(const std::string& line, const std::string& version = "1.1") {
  return "GET /livez HTTP/" + version + "\r\n" + line + "\r\n";
}

std::string many_fields(std::size_t n) {
  std::string lines;
  for (std::size_t i = 0; i < n; ++i) lines += "A: b\r\n";
  return lines;
}

// A request whose head is `size` bytes long.
std::string head_of(std::size_t size) {
  const std::size_t rest = livez("A: \r\n").size();
  return livez("A: " + std::string(size - rest, 'a') + "\r\n");
}

constexpr std::size_t head_max = 16384;  // header-bytes-max

std::vector<framing_rule> host_rules() {
  const auto host = [](const std::string& value) { return with_host("Host: " + value + "\r\n"); };
  return {
      refused("no Host", "RFC 9112 3.2", with_host("")),
      accepted_last("no Host in HTTP/1.0", "RFC 9112 3.2", with_host("", "1.0")),
      refused("two Hosts", "RFC 9112 3.2", with_host("Host: a\r\nHost: b\r\n")),
      refused("two equal Hosts", "RFC 9112 3.2", with_host("Host: a\r\nhost: a\r\n")),
      refused("two Hosts in HTTP/1.0", "RFC 9112 3.2", with_host("Host: a\r\nHost: a\r\n", "1.0")),
      refused("a bad Host in HTTP/1.0", "RFC 9112 3.2", with_host("Host: a/b\r\n", "1.0")),
      // Sent where the target has no authority (RFC 9110 7.2); it routes nothing here.
      accepted("empty Host", "RFC 9112 3.2", with_host("Host:\r\n")),
      accepted("Host with port", "RFC 9110 7.2", host("a.example:8080")),
      accepted("Host with an empty port", "RFC 3986 3.2.3", host("a:")),
      accepted("IPv6 Host", "RFC 3986 3.2.2", host("[2001:db8::1]:8080")),
      accepted("IPv4 Host", "RFC 3986 3.2.2", host("127.0.0.1")),
      accepted("Host with an underscore", "RFC 3986 3.2.2", host("a_b")),
      accepted("Host with an escape", "RFC 3986 3.2.2", host("a%2Db")),
      // What a middle box makes of two Host lines.
      refused("Host with a comma", "ours", host("a,b")),
      refused("a list of Hosts", "RFC 9112 3.2", host("a, b")),
      refused("Host with a space", "RFC 9112 3.2", host("a b")),
      refused("Host with a path", "RFC 9112 3.2", host("a/b")),
      refused("Host with a user", "RFC 9112 3.2", host("u@a")),
      refused("Host with a query", "RFC 9112 3.2", host("a?b")),
      refused("Host with a scheme", "RFC 9112 3.2", host("http://a")),
      refused("Host with a byte over 127", "RFC 9112 3.2", host("a\xc3\xa9")),
      refused("Host with a bad port", "RFC 9112 3.2", host("a:8x")),
      refused("Host with a signed port", "RFC 9112 3.2", host("a:+80")),
      refused("Host with two ports", "RFC 9112 3.2", host("a:80:80")),
      refused("Host of a port alone", "RFC 9110 4.2.1", host(":80")),
      refused("Host with half an escape", "RFC 3986 2.1", host("a%2")),
      refused("Host with a bad escape", "RFC 3986 2.1", host("a%zz")),
      refused("an IPv6 Host without brackets", "RFC 3986 3.2.2", host("::1")),
      refused("an IPv6 Host without end", "RFC 3986 3.2.2", host("[::1")),
      refused("an IPv6 Host and more", "RFC 3986 3.2.2", host("[::1]a")),
      refused("brackets around no address", "RFC 3986 3.2.2", host("[a]")),
      refused("empty brackets", "RFC 3986 3.2.2", host("[]")),
  };
}

}  // namespace

std::vector<framing_rule> field_rules() {
  std::vector<framing_rule> rules{
      refused("obs-fold by a space", "RFC 9112 5.2", livez("A: b\r\n c\r\n")),
      refused("obs-fold by a tab", "RFC 9112 5.2", livez("A: b\r\n\tc\r\n")),
      refused("obs-fold of a length", "RFC 9112 5.2", post("Content-Length:\r\n 5\r\n", "hello")),
      refused("obs-fold of nothing", "RFC 9112 5.2", livez("A: b\r\n \r\n")),
      refused("white space before the first field", "RFC 9112 2.2",
              "GET /livez HTTP/1.1\r\n Host: a\r\n\r\n"),
      refused("a space before the colon", "RFC 9112 5.1", post("Content-Length : 5\r\n", "hello")),
      refused("a tab before the colon", "RFC 9112 5.1", post("Content-Length\t: 5\r\n", "hello")),
      refused("an empty name", "RFC 9110 5.1", livez(": b\r\n")),
      refused("no colon", "RFC 9112 5", livez("A\r\n")),
      refused("a space in a name", "RFC 9110 5.1", livez("A B: c\r\n")),
      refused("a delimiter in a name", "RFC 9110 5.1", livez("A(B: c\r\n")),
      refused("a byte over 127 in a name", "RFC 9110 5.1", livez("A\x80: c\r\n")),
      refused("a NUL in a name", "RFC 9110 5.1", livez("A\0: c\r\n"s)),
      refused("a control character in a name", "RFC 9110 5.1", livez("A\x01: c\r\n")),
      refused("a DEL in a name", "RFC 9110 5.1", livez("A\x7f: c\r\n")),
      refused("a NUL in a value", "RFC 9110 5.5", livez("A: b\0c\r\n"s)),
      refused("a control character in a value", "RFC 9110 5.5", livez("A: b\x01\r\n")),
      refused("a vertical tab in a value", "RFC 9110 5.5", livez("A: \vb\r\n")),
      refused("a form feed in a value", "RFC 9110 5.5", livez("A: b\f\r\n")),
      refused("an escape in a value", "RFC 9110 5.5", livez("A: \x1b[2J\r\n")),
      refused("a DEL in a value", "RFC 9110 5.5", livez("A: b\x7f\r\n")),
      refused("a bare CR in a value", "RFC 9110 5.5", livez("A: b\rc\r\n")),
      refused("a bare LF in a value", "RFC 9112 2.2", livez("A: b\nContent-Length: 5\r\n")),
      refused("a field that ends with LF", "RFC 9112 2.2", livez("A: b\n")),
      refused("a field that ends with LF CR", "RFC 9112 2.2", livez("A: b\n\r")),
      refused("a field that ends with CR CR LF", "RFC 9112 2.2", livez("A: b\r\r\n")),
      refused("a header section that ends with LF", "RFC 9112 2.2",
              "GET /livez HTTP/1.1\r\nHost: a\r\n\n"),
      refused("a header section that ends with CR", "RFC 9112 2.2",
              "GET /livez HTTP/1.1\r\nHost: a\r\n\r\r\n"),
      refused("LF everywhere", "RFC 9112 2.2", "GET /livez HTTP/1.1\nHost: a\n\n"),
      accepted("bytes over 127 in a value", "RFC 9110 5.5", livez("A: caf\xc3\xa9\r\n")),
      accepted("a tab in a value", "RFC 9110 5.5", livez("A:\tb\tc\t \r\n")),
      accepted("an empty value", "RFC 9110 5.5", livez("A:\r\n")),
      accepted("colons in a value", "RFC 9110 5.5", livez("A: b: c:\r\n")),
      accepted("no space behind the colon", "RFC 9112 5", livez("A:b\r\n")),
      accepted("a name of odd characters", "RFC 9110 5.1", livez("!#$%&'*+-.^_`|~: b\r\n")),
      // No CGI variable is made of it, so it is not Content-Length.
      accepted("an underscore for a dash", "RFC 9110 5.1", livez("Content_Length: 5\r\n")),
      accepted("100 fields", "RFC 6585 5", livez(many_fields(99))),
      refused("101 fields", "RFC 6585 5", livez(many_fields(100)), 431),
      accepted("the longest header section", "RFC 6585 5", head_of(head_max)),
      refused("a header section one byte longer", "RFC 6585 5", head_of(head_max + 1), 431),
      refused("too long, and a control character behind that", "RFC 6585 5",
              livez("A: " + std::string(head_max, 'a') + "\x01\r\n"), 431),
      refused("a field without end", "RFC 6585 5",
              "GET /livez HTTP/1.1\r\nA: " + std::string(head_max, 'a'), 431),
  };
  for (framing_rule& rule : host_rules()) rules.push_back(std::move(rule));
  return rules;
}

std::vector<framing_rule> connection_rules() {
  const std::string expect = "Content-Length: 5\r\nExpect: ";
  return {
      accepted_last("close", "RFC 9112 9.6", livez("Connection: close\r\n")),
      accepted_last("close in capitals", "RFC 9110 7.6.1", livez("Connection: CLOSE\r\n")),
      accepted_last("close in a list", "RFC 9110 7.6.1", livez("Connection: x ,\tclose,\r\n")),
      accepted_last("close on a second line", "RFC 9110 7.6.1",
                    livez("Connection: keep-alive\r\nConnection: close\r\n")),
      accepted_last("close behind a body", "RFC 9112 9.6",
                    post("Connection: close\r\nContent-Length: 5\r\n", "hello"), 200, "hello"),
      accepted("keep-alive", "RFC 9112 9.3", livez("Connection: keep-alive\r\n")),
      accepted("a word that holds close", "RFC 9110 7.6.1", livez("Connection: closed\r\n")),
      accepted("an unknown option", "RFC 9110 7.6.1", livez("Connection: x-y\r\n")),
      accepted("Host as a connection option", "RFC 9110 7.6.1", livez("Connection: host\r\n")),
      accepted("Proxy-Connection means nothing", "RFC 9112 C.2.2",
               livez("Proxy-Connection: close\r\n")),
      accepted_last("HTTP/1.0", "RFC 9112 9.3", with_host("Host: a\r\n", "1.0")),
      accepted("HTTP/1.0 keep-alive", "RFC 9112 C.2.2",
               with_host("Connection: Keep-Alive\r\n", "1.0")),
      accepted_last("HTTP/1.0 keep-alive and close", "RFC 9112 9.3",
                    with_host("Connection: keep-alive, close\r\n", "1.0")),
      accepted("Upgrade to HTTP/2", "RFC 9110 7.8",
               livez("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                     "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n")),
      accepted("Upgrade to WebSocket", "RFC 9110 7.8",
               livez("Connection: Upgrade\r\nUpgrade: websocket\r\n")),
      accepted("Upgrade, and a body", "RFC 9110 7.8",
               post("Connection: Upgrade\r\nUpgrade: x\r\nContent-Length: 5\r\n", "hello"), 200,
               "hello"),
      accepted("TE and Trailer", "RFC 9110 10.1.4",
               livez("TE: trailers, chunked\r\nTrailer: X-Sum\r\n")),

      accepted("Expect, and the body at once", "RFC 9110 10.1.1",
               post(expect + "100-continue\r\n", "hello"), 200, "hello"),
      accepted("Expect in capitals", "RFC 9110 10.1.1", post(expect + "100-CONTINUE\r\n", "hello"),
               200, "hello"),
      accepted(
          "Expect with chunks", "RFC 9110 10.1.1",
          post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
          200, "hello"),
      accepted("Expect without a body", "RFC 9110 10.1.1", livez("Expect: 100-continue\r\n")),
      accepted_last("Expect in HTTP/1.0", "RFC 9110 10.1.1",
                    "POST /v1/hash HTTP/1.0\r\n" + expect + "100-continue\r\n\r\nhello", 200,
                    "hello"),
      refused("an unknown expectation", "RFC 9110 10.1.1", post(expect + "tea\r\n", "hello"), 417),
      refused("an unknown expectation in a list", "RFC 9110 10.1.1",
              post(expect + "100-continue, tea\r\n", "hello"), 417),
      refused("an unknown expectation on a second line", "RFC 9110 10.1.1",
              post(expect + "100-continue\r\nExpect: tea\r\n", "hello"), 417),
      refused("an unknown expectation without a body", "RFC 9110 10.1.1",
              livez("Expect: 200-ok\r\n"), 417),
      refused("a bad length behind an unknown expectation", "RFC 9110 8.6",
              post("Expect: tea\r\nContent-Length: x\r\n", "hello")),
  };
}

}  // namespace tailrace::test
