#include <cstdio>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "tests/support/catch.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/origin.hpp"

using namespace tailrace;
using fetch::outcome;
using test::always;
using test::answering;
using test::check_failed;
using test::fetching;
using test::identity;
using test::ok;
using test::origin;
using test::script;

namespace {

// Limits under which only `ca` is trusted; the file lives as long as this.
class trusting {
 public:
  explicit trusting(const test::authority& ca)
      : file_(std::filesystem::temp_directory_path() /
              ("tailrace-ca-" + std::to_string(::getpid()) + ".pem")) {
    std::ofstream(file_) << ca.certificate();
  }
  ~trusting() { std::filesystem::remove(file_); }

  settings limits() const {
    auto s = fetching::short_limits();
    s.origin_ca_file = file_;
    return s;
  }

 private:
  std::filesystem::path file_;
};

}  // namespace

TEST_CASE("an https origin with a good certificate is fetched from, and its connection kept") {
  const test::authority ca;
  const identity who = ca.issue("IP:127.0.0.1");
  const trusting trust(ca);
  const std::string body(300'000, 'x');
  origin o({always(ok(body))}, &who);
  fetching f(trust.limits());
  for (int i = 0; i < 3; ++i) {
    const auto got = f.get(o.url("/"));
    INFO((got.failed ? got.failed->detail : ""));
    CHECK(!got.failed);
    CHECK(got.body == body);
    CHECK((got.spent.of(stage::tls) > duration::zero()) == (i == 0));
  }
  CHECK(o.connections() == 1);
  CHECK(f.counts().connections_reused.value() == 2);
}

TEST_CASE("an https name is announced and checked") {
  const test::authority ca;
  const identity who = ca.issue("DNS:good.example,DNS:*.wild.example");
  const trusting trust(ca);
  test::dns_server dns({{"good.example", {"127.0.0.1"}},
                        {"bad.example", {"127.0.0.1"}},
                        {"a.wild.example", {"127.0.0.1"}},
                        {"a.b.wild.example", {"127.0.0.1"}}});
  origin o({always(ok("x"))}, &who);
  fetching f(trust.limits(), dns.address());
  CHECK(!f.get(o.url("/", "good.example")).failed);
  CHECK(!f.get(o.url("/", "A.Wild.example")).failed);
  CHECK(o.server_names() == std::vector<std::string>{"good.example", "a.wild.example"});
  CHECK(o.requests().at(0).find("\r\nHost: good.example:") != std::string::npos);
  for (const char* host : {"bad.example", "a.b.wild.example", "127.0.0.1"}) {
    const auto got = f.get(o.url("/", host));
    check_failed(got, errc::origin_tls);
    CHECK(got.failed->detail.find("mismatch") != std::string::npos);
  }
  // Nothing was sent to whom we could not trust.
  CHECK(o.requests().size() == 2);
}

TEST_CASE("certificates that prove nothing are refused before a byte is sent") {
  const test::authority ca;
  const test::authority stranger;
  const trusting trust(ca);
  const identity identities[] = {stranger.issue("IP:127.0.0.1"),    // unknown authority
                                 ca.issue("IP:127.0.0.1", -3, -1),  // expired
                                 ca.issue("IP:127.0.0.1", 1, 2),    // not yet valid
                                 ca.issue("IP:127.0.0.2"),          // another address
                                 ca.issue("DNS:127.0.0.1")};        // an address is no name
  for (const auto& who : identities) {
    origin o({always(ok("x"))}, &who);
    fetching f(trust.limits());
    const auto got = f.get(o.url("/"));
    check_failed(got, errc::origin_tls);
    CHECK(o.requests().empty());
    CHECK(f.counts().count(outcome::tls) == 1);
    CHECK(f.counts().bytes_sent.value() == 0);
  }
}

TEST_CASE("an https URL of an http origin is a TLS failure") {
  origin o({script().send("HTTP/1.1 400 Bad Request\r\n\r\n").stall()});
  fetching f;
  check_failed(f.get("https://127.0.0.1:" + std::to_string(o.port()) + "/"), errc::origin_tls);
}

TEST_CASE("a handshake that stalls is given up") {
  auto limits = fetching::short_limits();
  limits.connect_timeout_ms = 100;
  origin o({script().stall()});
  fetching f(limits);
  check_failed(f.get("https://127.0.0.1:" + std::to_string(o.port()) + "/"), errc::origin_timeout);
}

TEST_CASE("under TLS only close_notify ends a body without a length") {
  const test::authority ca;
  const identity who = ca.issue("IP:127.0.0.1");
  const trusting trust(ca);
  const std::string head = "HTTP/1.1 200 OK\r\n";
  {
    origin o({answering(head + "\r\nhello")}, &who);
    CHECK(fetching(trust.limits()).get(o.url("/")).body == "hello");
  }
  for (const auto& bytes :
       {head + "\r\nhello", head + "Content-Length: 9\r\n\r\nhello",
        head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", std::string("HTTP/1.1 2")}) {
    origin o({script().request().send(bytes).cut()}, &who);
    check_failed(fetching(trust.limits()).get(o.url("/")), errc::origin_incomplete);
  }
  origin o({script().request().send(head + "\r\nhello").reset()}, &who);
  check_failed(fetching(trust.limits()).get(o.url("/")), errc::origin_incomplete);
}

TEST_CASE("a kept TLS connection that was closed is replaced") {
  const test::authority ca;
  const identity who = ca.issue("IP:127.0.0.1");
  const trusting trust(ca);
  origin o({script().request().send(ok("first")).request(), always(ok("second"))}, &who);
  fetching f(trust.limits());
  CHECK(f.get(o.url("/")).body == "first");
  CHECK(f.get(o.url("/")).body == "second");
  CHECK(o.connections() == 2);
}

TEST_CASE("a new connection resumes the TLS session of the one before") {
  const test::authority ca;
  const identity who = ca.issue("IP:127.0.0.1");
  const trusting trust(ca);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    INFO("version " << version);
    origin o({answering(ok("x", "Connection: close\r\n"))}, &who);
    fetching f(trust.limits());
    SSL_CTX_set_max_proto_version(f.tls().native_handle(), version);
    for (unsigned i = 0; i < 4; ++i) {
      CHECK(f.get(o.url("/")).body == "x");
      CHECK(f.counts().tls_resumed.value() == i);
    }
    // A server that knows nothing of it makes a new one, and resumes that.
    o.become(who);
    CHECK(f.get(o.url("/")).body == "x");
    CHECK(f.counts().tls_resumed.value() == 3);
    CHECK(f.get(o.url("/")).body == "x");
    CHECK(f.counts().tls_resumed.value() == 4);
  }
}

TEST_CASE("a session spares nobody its verification") {
  const test::authority ca;
  const test::authority stranger;
  const identity who = ca.issue("DNS:good.example");
  const trusting trust(ca);
  test::dns_server dns({{"good.example", {"127.0.0.1"}}, {"bad.example", {"127.0.0.1"}}});
  origin o({answering(ok("x", "Connection: close\r\n"))}, &who);
  fetching f(trust.limits(), dns.address());
  CHECK(!f.get(o.url("/", "good.example")).failed);
  // The same server would resume it under any name.
  check_failed(f.get(o.url("/", "bad.example")), errc::origin_tls);
  for (const auto& bad : {stranger.issue("DNS:good.example"), ca.issue("DNS:good.example", -3, -1),
                          ca.issue("DNS:bad.example")}) {
    o.become(bad);
    check_failed(f.get(o.url("/", "good.example")), errc::origin_tls);
    o.become(who);
    CHECK(!f.get(o.url("/", "good.example")).failed);
  }
  o.become(who);
  CHECK(!f.get(o.url("/again", "good.example")).failed);
  const auto handshakes = [&](fetch::tls_outcome how) {
    return f.counts().tls_handshakes[static_cast<std::size_t>(how)].value();
  };
  CHECK(handshakes(fetch::tls_outcome::ok) == 5);
  CHECK(handshakes(fetch::tls_outcome::failed) == 4);
  CHECK(handshakes(fetch::tls_outcome::abandoned) == 0);
  CHECK(f.counts().tls_resumed.value() == 0);
  CHECK(o.requests().size() == 5);
}

TEST_CASE("redirects do not leave https") {
  const test::authority ca;
  const identity who = ca.issue("IP:127.0.0.1");
  const trusting trust(ca);
  origin plain({always(ok("x"))});
  origin o({always(test::status(302, "Location: " + plain.url("/") + "\r\n"))}, &who);
  fetching f(trust.limits());
  check_failed(f.get(o.url("/")), errc::source_refused);
  CHECK(plain.connections() == 0);
  // The other way is fine.
  origin secure({always(ok("there"))}, &who);
  origin first({always(test::status(302, "Location: " + secure.url("/") + "\r\n"))});
  CHECK(f.get(first.url("/")).body == "there");
}

TEST_CASE("a CA file that is none stops the start") {
  settings s;
  s.origin_ca_file = "/nonexistent";
  CHECK_THROWS(fetch::make_tls_context(s));
}
