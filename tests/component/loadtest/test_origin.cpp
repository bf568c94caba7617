// tailrace-origin over real sockets: what its pure parts decide does happen on the wire.
#include "loadtest/origin/content.hpp"

#include <csignal>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using test::curl;
using test::fault_origin;
using test::raw_client;

namespace {

std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("one connection carries many answers, also when they were asked for at once") {
  const fault_origin o({"--threads=2"});
  raw_client c(o.port());
  CHECK(c.send(get("/bytes/10?seed=1") + get("/bytes/200000?seed=2") + get("/bytes/10?seed=3")));
  for (const auto& [seed, size] : {std::pair{1, 10}, {2, 200'000}, {3, 10}})
    CHECK(body_of(c.answer()) == load::faulty::content::generated(static_cast<std::uint64_t>(seed),
                                                                  static_cast<std::uint64_t>(size))
                                     .text());
  CHECK(o.counter("connections_accepted") == 1);
  CHECK(o.counter("/bytes") == 3);
  CHECK(o.counter("request_bytes") ==
        get("/bytes/10?seed=1").size() * 2 + get("/bytes/200000?seed=2").size());
}

TEST_CASE("an end is orderly, or a reset") {
  const fault_origin o;
  raw_client cut(o.port());
  cut.send(get("/bytes/100?cut=50"));
  CHECK(cut.rest().size() == 50);
  CHECK_FALSE(cut.was_reset());
  raw_client reset(o.port());
  reset.send(get("/bytes/100?reset=50"));
  reset.rest();
  CHECK(reset.was_reset());
}

// That close_notify is left out on request is seen by those who insist on it, test_cut_points.cpp.
TEST_CASE("under TLS it answers those who trust it") {
  const test::authority ca;
  const test::identity who = ca.issue("IP:127.0.0.1");
  const fault_origin o({}, &who);
  const auto a = curl({"--insecure", o.url("/bytes/100?framing=close")});
  CHECK(a.curl == 0);
  CHECK(a.body == load::faulty::content::generated(0, 100).text());
  CHECK(curl({o.url("/bytes/100")}).status == 0);
  CHECK(o.counter("connections_accepted") == 2);
  CHECK(o.counter("requests") == 1);
}

TEST_CASE("files, redirects and what was misspelt") {
  const fault_origin o({"--root=" TAILRACE_SOURCE_DIR "/config"});
  CHECK(curl({o.url("/file/samples/river.jpg")}).body ==
        test::read_text(TAILRACE_SOURCE_DIR "/config/samples/river.jpg"));
  CHECK(curl({o.url("/file/samples/none.jpg")}).status == 404);
  const auto far = curl({"--location", o.url("/redirect/3?to=%2Fbytes%2F5%3Fseed%3D9")});
  CHECK(far.body == load::faulty::content::generated(9, 5).text());
  CHECK(o.counter("/redirect") == 3);
  CHECK(o.counter("refused") == 0);
  CHECK(curl({o.url("/bytes/5?cutt=1")}).status == 400);
  CHECK(curl({"--data", "x", o.url("/bytes/5")}).status == 400);
  CHECK(o.counter("refused") == 2);
}

TEST_CASE("it ends on SIGTERM, whoever it stalls or waits for") {
  fault_origin o({"--threads=2"});
  raw_client stalled(o.port()), late(o.port()), idle(o.port());
  stalled.send(get("/bytes/100?stall=body"));
  late.send(get("/bytes/100?latency_ms=3600000"));
  while (o.counter("requests") < 2) {
  }
  o.process().signal(SIGTERM);
  CHECK(o.process().wait(10s) == 0);
}

TEST_CASE("bad usage ends at once, with words") {
  const char* const binary = TAILRACE_BINARY_DIR "/tailrace-origin";
  for (const char* flag :
       {"--no-such-flag", "--listen=nonsense", "--listen=127.0.0.1:65536", "--tls-key=/nonexistent",
        "--tls-max=1.3", "--root=/nonexistent", "--threads=0"}) {
    INFO(flag);
    CHECK(test::run_command({binary, flag}, {}, std::chrono::seconds(10)).status == 2);
  }
  const auto help = test::run_command({binary, "--help"});
  CHECK(help.status == 0);
  CHECK(help.output.find("no_close_notify=0 or 1") != std::string::npos);
}
