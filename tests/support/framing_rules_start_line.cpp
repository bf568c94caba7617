// Line ends before and in the start line, method, version, target.
#include "tests/support/framing_rules.hpp"

namespace tailrace::test {
namespace {

using namespace std::string_literals;

const std::string host = "Host: a\r\n\r\n";

std::string start(const std::string& line) {
  return line + "\r\n" + host;
}

// A target that makes the start line `size` bytes long, its CRLF included.
std::string target_for_line(std::size_t size) {
  return "/" + std::string(size - std::string("GET / HTTP/1.1\r\n").size(), 'a');
}

constexpr std::size_t line_max = 8192;  // uri-bytes-max

}  // namespace

std::vector<framing_rule> start_line_rules() {
  return {
      accepted("an empty line first", "RFC 9112 2.2", "\r\n" + get("/livez")),
      accepted("four empty lines first", "RFC 9112 2.2", "\r\n\r\n\r\n\r\n" + get("/livez")),
      refused("five empty lines first", "ours", "\r\n\r\n\r\n\r\n\r\n" + get("/livez")),
      refused("a bare LF first", "RFC 9112 2.2", "\n" + get("/livez")),
      refused("a bare CR first", "RFC 9112 2.2", "\r" + get("/livez")),
      refused("a space first", "RFC 9112 2.2", " " + get("/livez")),
      refused("a tab first", "RFC 9112 2.2", "\t" + get("/livez")),
      refused("a NUL first", "RFC 9112 2.2", "\0"s + get("/livez")),
      refused("start line ends with LF", "RFC 9112 2.2", "GET /livez HTTP/1.1\n" + host),
      refused("start line ends with CR", "RFC 9112 2.2", "GET /livez HTTP/1.1\r" + host),
      refused("start line ends with CR CR LF", "RFC 9112 2.2", "GET /livez HTTP/1.1\r\r\n" + host),
      refused("a bare CR in the target", "RFC 9112 2.2", start("GET /liv\rez HTTP/1.1")),

      accepted("an unknown method", "RFC 9110 9.1", start("BREW /livez HTTP/1.1"), 405),
      accepted("methods are case-sensitive", "RFC 9110 9.1", start("get /livez HTTP/1.1"), 405),
      accepted("a known method, not allowed", "RFC 9110 15.5.6",
               "PUT /livez HTTP/1.1\r\nContent-Length: 5\r\n" + host + "hello", 405, "hello"),
      accepted("TRACE", "RFC 9110 9.3.8", start("TRACE /livez HTTP/1.1"), 405),
      accepted("a token of odd characters", "RFC 9110 5.6.2",
               start("!#$%&'*+-.^_`|~ /livez HTTP/1.1"), 405),
      accepted("HEAD", "RFC 9110 9.3.2", start("HEAD /livez HTTP/1.1")),
      accepted("OPTIONS of a route", "RFC 9110 9.3.7", start("OPTIONS /v1/hash HTTP/1.1"), 204),
      refused("a delimiter in the method", "RFC 9110 9.1", start("GE(T /livez HTTP/1.1")),
      refused("a quoted method", "RFC 9110 9.1", start("\"GET\" /livez HTTP/1.1")),
      refused("a colon behind the method", "RFC 9110 9.1", start("GET: /livez HTTP/1.1")),
      refused("a byte over 127 in the method", "RFC 9110 9.1", start("G\x80T /livez HTTP/1.1")),
      refused("a NUL in the method", "RFC 9110 9.1", start("G\0T /livez HTTP/1.1"s)),
      refused("no method", "RFC 9112 3", start("/livez HTTP/1.1")),
      refused("the preface of HTTP/2", "RFC 9113 3.4", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      refused("the start of a TLS handshake", "RFC 8446 5.1", "\x16\x03\x01\x02\x00\x01"s + host),

      refused("two spaces before the target", "RFC 9112 3", start("GET  /livez HTTP/1.1")),
      refused("two spaces before the version", "RFC 9112 3", start("GET /livez  HTTP/1.1")),
      refused("a tab before the target", "RFC 9112 3", start("GET\t/livez HTTP/1.1")),
      refused("a tab before the version", "RFC 9112 3", start("GET /livez\tHTTP/1.1")),
      refused("a vertical tab before the version", "RFC 9112 3", start("GET /livez\vHTTP/1.1")),
      refused("a space behind the version", "RFC 9112 3", start("GET /livez HTTP/1.1 ")),
      refused("a fourth word", "RFC 9112 3", start("GET /livez HTTP/1.1 x")),
      refused("a space in the target", "RFC 9112 3.2", start("GET /li vez HTTP/1.1")),
      refused("no target", "RFC 9112 3", start("GET HTTP/1.1")),
      refused("no version, as in HTTP/0.9", "RFC 9112 2.3", "GET /livez\r\n\r\n"),
      refused("no version, with fields", "RFC 9112 2.3", start("GET /livez")),
      refused("an empty version", "RFC 9112 2.3", start("GET /livez ")),
      refused("HTTP/1.2", "RFC 9112 2.3, ours", start("GET /livez HTTP/1.2")),
      refused("HTTP/1.10", "RFC 9112 2.3", start("GET /livez HTTP/1.10")),
      refused("HTTP/01.1", "RFC 9112 2.3", start("GET /livez HTTP/01.1")),
      refused("HTTP/0.9 by name", "RFC 9112 2.3", start("GET /livez HTTP/0.9")),
      refused("HTTP/2.0", "RFC 9112 2.3", start("GET /livez HTTP/2.0")),
      refused("HTTP/3", "RFC 9112 2.3", start("GET /livez HTTP/3")),
      refused("HTTP/1", "RFC 9112 2.3", start("GET /livez HTTP/1")),
      refused("HTTP/1.", "RFC 9112 2.3", start("GET /livez HTTP/1.")),
      refused("HTTP/1,1", "RFC 9112 2.3", start("GET /livez HTTP/1,1")),
      refused("HTTP/1.+1", "RFC 9112 2.3", start("GET /livez HTTP/1.+1")),
      refused("HTTP/-1.1", "RFC 9112 2.3", start("GET /livez HTTP/-1.1")),
      refused("http/1.1", "RFC 9112 2.3", start("GET /livez http/1.1")),
      refused("HTTPS/1.1", "RFC 9112 2.3", start("GET /livez HTTPS/1.1")),
      refused("HTTP 1.1", "RFC 9112 2.3", start("GET /livez HTTP 1.1")),
  };
}

std::vector<framing_rule> target_rules() {
  const auto absolute = [](const char* target, const char* fields = "Host: a\r\n") {
    return "GET " + std::string(target) + " HTTP/1.1\r\n" + fields + "\r\n";
  };
  return {
      accepted("a query", "RFC 9112 3.2.1", get("/livez?a=b?c/d")),
      accepted("two slashes", "RFC 9112 3.2.1", get("//livez"), 404),
      accepted("bytes over 127", "ours, as curl sends them", get("/caf\xc3\xa9"), 404),
      refused("a NUL", "RFC 9112 3.2", get("/li\0vez"s)),
      refused("a control character", "RFC 9112 3.2", get("/li\x01vez")),
      refused("a DEL", "RFC 9112 3.2", get("/li\x7fvez")),
      refused("a fragment", "RFC 9112 3.2.1", get("/livez#x")),
      refused("an empty fragment", "RFC 9112 3.2.1", get("/livez?a#")),
      refused("a path without its slash", "RFC 9112 3.2.1", get("livez")),
      refused("a backslash for a slash", "RFC 9112 3.2.1", get("\\livez")),
      refused("a query without a path", "RFC 9112 3.2.1", get("?a=b")),

      accepted("absolute form", "RFC 9112 3.2.2", absolute("http://a/livez")),
      accepted("absolute form, https", "RFC 9112 3.2.2", absolute("https://a/livez")),
      accepted("absolute form, port", "RFC 9112 3.2.2", absolute("http://a:8080/livez")),
      accepted("absolute form, IPv6", "RFC 9112 3.2.2", absolute("http://[::1]:80/livez")),
      accepted("absolute form, query", "RFC 9112 3.2.2", absolute("http://a/livez?b=http://c/")),
      accepted("absolute form, scheme in capitals", "RFC 9110 4.2.3", absolute("HTTP://a/livez")),
      accepted("absolute form, another Host", "RFC 9112 3.2.2",
               absolute("http://a/livez", "Host: b\r\n")),
      accepted("absolute form without a path", "RFC 9112 3.2.2", absolute("http://a"), 404),
      accepted("absolute form, query without a path", "RFC 9112 3.2.2", absolute("http://a?b"),
               404),
      accepted_last("absolute form in HTTP/1.0 without Host", "RFC 9112 3.2.2",
                    "GET http://a/livez HTTP/1.0\r\n\r\n"),
      refused("absolute form without Host", "RFC 9112 3.2", absolute("http://a/livez", "")),
      refused("absolute form, two Hosts", "RFC 9112 3.2",
              absolute("http://a/livez", "Host: a\r\nHost: a\r\n")),
      refused("absolute form, bad Host", "RFC 9112 3.2",
              absolute("http://a/livez", "Host: b/c\r\n")),
      refused("absolute form, no authority", "RFC 9110 4.2.1", absolute("http:///livez")),
      refused("absolute form, port alone", "RFC 9110 4.2.1", absolute("http://:80/livez")),
      refused("absolute form, user", "RFC 9110 4.2.4", absolute("http://u@a/livez")),
      refused("absolute form, bad port", "RFC 9110 4.2.1", absolute("http://a:8x/livez")),
      refused("absolute form, bad host", "RFC 9110 4.2.1", absolute("http://a,b/livez")),
      refused("absolute form, backslash", "RFC 9110 4.2.1", absolute("http://a\\b/livez")),
      refused("absolute form, fragment", "RFC 9112 3.2.2", absolute("http://a/livez#x")),
      refused("absolute form, one slash", "RFC 9112 3.2.2", absolute("http:/livez")),
      refused("absolute form, another scheme", "RFC 9112 3.2.2", absolute("ftp://a/livez")),

      refused("authority form with GET", "RFC 9112 3.2.3", get("a:80")),
      refused("CONNECT", "RFC 9112 3.2.3", start("CONNECT a:443 HTTP/1.1")),
      accepted("OPTIONS *", "RFC 9112 3.2.4", start("OPTIONS * HTTP/1.1"), 204),
      refused("GET *", "RFC 9112 3.2.4", get("*")),
      refused("POST *", "RFC 9112 3.2.4", start("POST * HTTP/1.1")),
      refused("OPTIONS * with a query", "RFC 9112 3.2.4", start("OPTIONS *?a HTTP/1.1")),

      accepted("the longest start line", "RFC 9110 15.5.15", get(target_for_line(line_max)), 404),
      refused("a start line one byte longer", "RFC 9110 15.5.15",
              get(target_for_line(line_max + 1)), 414),
      refused("too long, and a control character behind that", "RFC 9110 15.5.15",
              get(target_for_line(line_max + 99) + "\x01"), 414),
      refused("a start line without end", "RFC 9110 15.5.15",
              "GET /" + std::string(line_max + 9, 'a'), 414),
  };
}

}  // namespace tailrace::test
