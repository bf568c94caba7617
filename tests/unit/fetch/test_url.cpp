#include "fetch/url.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace tailrace;
using namespace tailrace::fetch;

namespace {

constexpr std::size_t limit = 200;

struct taken {
  const char* text;
  const char* whole;  // as to_string() gives it back
  bool is_ip = false;
};

}  // namespace

TEST_CASE("source URLs that are taken, and what becomes of them") {
  const taken table[] = {
      {"http://example.com", "http://example.com/"},
      {"HTTP://EXAMPLE.Com:80/A", "http://example.com/A"},
      {"https://example.com:443/a?b=c#d", "https://example.com/a?b=c"},
      {"https://example.com:/", "https://example.com/"},
      {"http://example.com:8080?q", "http://example.com:8080/?q"},
      {"http://example.com:65535/", "http://example.com:65535/"},
      {"http://a/%2e%2E/%zz", nullptr},
      // the encoding stays as it was given, needless and missing alike
      {"http://a/%7eb/../c//d;e=1,2!?x=%20+y", "http://a/%7eb/../c//d;e=1,2!?x=%20+y"},
      {"http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"},
      {"http://my_service-1/", "http://my_service-1/"},
      {"http://1a.2b/", "http://1a.2b/"},
      {"http://127.0.0.1.example.com/", "http://127.0.0.1.example.com/"},
      {"http://1.2.3.4x:81/", "http://1.2.3.4x:81/"},
      {"http://127.0.0.1/", "http://127.0.0.1/", true},
      {"http://255.255.255.255:81/", "http://255.255.255.255:81/", true},
      {"http://[::1]:8080/x", "http://[::1]:8080/x", true},
      {"http://[2001:DB8:0:0::1]/", "http://[2001:db8::1]/", true},
      {"http://[::ffff:127.0.0.1]/", "http://[::ffff:127.0.0.1]/", true},
      {"local:///a/b%20c.jpg#x", "local:///a/b%20c.jpg"},
      {"local://", "local:///"},
  };
  for (const auto& row : table) {
    INFO(row.text);
    const auto u = parse_url(row.text, limit);
    if (row.whole == nullptr) {
      CHECK(u.has_error());
      continue;
    }
    REQUIRE(u.has_value());
    CHECK(to_string(*u) == row.whole);
    CHECK(u->is_ip == row.is_ip);
  }
}

TEST_CASE("source URLs that are refused") {
  const std::string table[] = {
      "", "/", "a", "//example.com/", "example.com", "http", "http:", "http:/", "http://",
      // schemes and shapes
      "ftp://example.com/", "file:///etc/passwd", "javascript:alert(1)", "gopher://x/", "data:,x",
      "http:/example.com/", "http:example.com", "http:///example.com/", "https:///", "httpx://a/",
      "local:/a", "local:a", "local://host/a", "local://:80/a", "local:///a?b",
      // who
      "http://user@example.com/", "http://user:pw@example.com/", "http://@example.com/",
      "http://example.com@127.0.0.1/", "http://:@example.com/", "local://u@/a",
      // characters
      "http://exa mple.com/", " http://example.com/", "http://example.com/ ", "http://a/\tb",
      "http://a/\r\nHost: b", "http://a\\b/", "http://a/\\b", "http://a/b\x7f", "http://\\a/",
      std::string("http://a/\0b", 11),
      "http://b\xc3\xbc"
      "cher.example/",
      "http://a/\xc3\xbc", "http://a/<b>", "http://a/\"", "http://a/%", "http://a/%4",
      "http://a/%zz", "http://a/[b]",
      // hosts
      "http://%65xample.com/", "http://127.0.0.%31/", "http://a%00b/", "http://a..b/", "http://.a/",
      "http://a./", "http://127.0.0.1./", "http://./", "http://a,b/", "http://a*b/", "http://a!/",
      "http://a;b/", "http://(a)/", "http://a=b/", "http://a$b/", "http://~a/",
      "http://" + std::string(64, 'a') + "/",
      // numbers that some resolver takes for an address
      "http://127.1/", "http://0x7f.1/", "http://2130706433/", "http://0177.0.0.1/", "http://0/",
      "http://1.2.3/", "http://0x7f000001/", "http://127.0.0.01/", "http://256.1.1.1/",
      "http://1.2.3.4.5/", "http://127.0.0.0x1/", "http://0X7F.0.0.1/", "http://a.1/",
      "http://a.0x/", "http://1.2.3.1000/", "http://00.0.0.0/", "http://1..2.3/",
      // IPv6
      "http://::1/", "http://[::1/", "http://::1]/", "http://[]/", "http://[1]/", "http://[g::]/",
      "http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[v1.x]/", "http://[127.0.0.1]/",
      "http://[::1]a/", "http://[::127.1]/",
      // ports
      "http://a:0/", "http://a:65536/", "http://a:99999999999999999999/", "http://a:-1/",
      "http://a:8x/", "http://a:80:80/", "http://a: 80/", "http://a:+80/",
      // length
      "http://a/" + std::string(limit, 'b')};
  for (const auto& text : table) {
    INFO(text);
    const auto u = parse_url(text, limit);
    REQUIRE(u.has_error());
    CHECK(u.error().code == errc::bad_url);
    CHECK(!u.error().detail.empty());
  }
}

TEST_CASE("a host of 253 bytes is taken, one of 254 is not") {
  const std::string label(61, 'a');
  const std::string host = label + "." + label + "." + label + "." + label + ".aaaaa";
  REQUIRE(host.size() == 253);
  CHECK(parse_url("http://" + host + "/", 1000).has_value());
  CHECK(parse_url("http://" + host + "a/", 1000).has_error());
}

TEST_CASE("Location fields are resolved against the URL that sent them") {
  const char* table[][3] = {
      {"http://a.b/c/d?e", "f", "http://a.b/c/f"},
      {"http://a.b/c/d?e", "/f?g#h", "http://a.b/f?g"},
      {"http://a.b/c/d?e", "?g", "http://a.b/c/d?g"},
      {"http://a.b/c/d?e", "../f", "http://a.b/f"},
      {"http://a.b/c/d?e", "../../../f?g/../h", "http://a.b/f?g/../h"},
      {"http://a.b/c/d?e", "", "http://a.b/c/d?e"},
      {"http://a.b/c/d?e", "#f", "http://a.b/c/d?e"},
      {"http://a.b/c/d", "./f/.", "http://a.b/c/f/"},
      {"http://a.b/c/d", "f/..", "http://a.b/c/"},
      {"http://a.b", "f?g:h", "http://a.b/f?g:h"},
      {"http://127.0.0.1.a.b/c", "/d", "http://127.0.0.1.a.b/d"},
      {"https://a.b:444/c", "//x.y", "https://x.y/"},
      {"http://a.b:81/c", "//x.y/z", "http://x.y/z"},
      {"http://a.b/c", "https://x.y:8443", "https://x.y:8443/"},
      {"http://[::1]:81/c", "d", "http://[::1]:81/d"},
      {"http://a.b/c", "local:///etc/passwd", "local:///etc/passwd"},
      {"http://a.b/c", "http://user@x.y/", nullptr},
      {"http://a.b/c", "http:d", nullptr},
      {"http://a.b/c", "\\\\x.y", nullptr},
      {"http://a.b/c", "//127.1/", nullptr},
      {"http://a.b/c", "ftp://x.y/", nullptr},
      {"http://a.b/c", "a b", nullptr},
  };
  for (const auto& row : table) {
    INFO(row[0] << " + " << row[1]);
    const auto base = parse_url(row[0], limit);
    REQUIRE(base.has_value());
    const auto u = resolve(*base, row[1], limit);
    REQUIRE(u.has_value() == (row[2] != nullptr));
    if (u.has_value()) CHECK(to_string(*u) == row[2]);
  }
}
