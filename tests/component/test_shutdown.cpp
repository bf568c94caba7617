// SIGTERM under load: what was accepted is answered.
#include <boost/json.hpp>

#include <csignal>
#include <future>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;
using namespace std::chrono_literals;

namespace {

constexpr auto end_time = 30s;

}  // namespace

TEST_CASE("a request under way is answered, readiness fails meanwhile, the process ends with 0") {
  test::service s;
  // An origin that answers when the test says so.
  std::promise<void> release;
  const auto released = release.get_future().share();
  test::origin origin({test::script().serve([released](const std::string&) {
    released.wait();
    return test::ok("hello");
  })});
  test::process client({"curl", "--silent", "--include", s.url("/v1/hash?url=" + origin.url("/"))},
                       s.folder().path("answer"));
  s.wait_for_at_least("tailrace_requests_in_flight", 1);
  CHECK(s.get("/readyz").status == 200);

  s.process().signal(SIGTERM);
  while (test::curl({s.admin_url("/readyz")}).status != 503) {
  }
  CHECK_FALSE(client.wait(0ms).has_value());
  release.set_value();

  CHECK(client.wait(end_time) == 0);
  const std::string answer = test::read_text(s.folder().path("answer"));
  CAPTURE(answer);
  CHECK(answer.find("HTTP/1.1 200 OK") == 0);
  CHECK(answer.find("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824") !=
        answer.npos);
  CHECK(s.process().wait(end_time) == 0);
}

TEST_CASE("no request is lost when the service is stopped under load") {
  test::service s;
  const std::string report = s.folder().path("report");
  test::process load(
      {std::string(TAILRACE_BINARY_DIR) + "/tailrace-load", "--rate", "1000", "--duration", "4",
       "--connections", "16", "--body-size", "1000", "--json", report, s.url("/v1/hash")},
      s.folder().path("load"));
  s.wait_for_at_least(
      "tailrace_http_requests_total{route=\"/v1/hash\",method=\"POST\",status=\"200\"}", 500);
  s.process().signal(SIGTERM);
  CHECK(s.process().wait(end_time) == 0);
  CHECK(load.wait(end_time).has_value());
  // Connections that come after the end are refused: those are the balancer's to send elsewhere.
  const std::string text = test::read_text(report);
  CAPTURE(text);
  const auto errors = boost::json::parse(text).at("errors");
  for (const char* lost : {"reset", "truncated", "timeout", "bad_response", "status"}) {
    CAPTURE(lost);
    CHECK(errors.at(lost).to_number<int>() == 0);
  }
  CHECK(errors.at("connect").to_number<int>() > 0);
}

TEST_CASE("a service that is told to stop stops, every time") {
  for (int round = 0; round < 10; ++round) {
    test::service s;
    s.process().signal(SIGTERM);
    CHECK(s.process().wait(end_time) == 0);
  }
}

TEST_CASE("a second signal cuts what would have been waited for") {
  test::service s;
  test::origin slow({test::script().request().stall()});
  test::process client({"curl", "--silent", s.url("/v1/hash?url=" + slow.url("/"))},
                       s.folder().path("answer"));
  s.wait_for_at_least("tailrace_requests_in_flight", 1);
  s.process().signal(SIGTERM);
  while (test::curl({s.admin_url("/readyz")}).status != 503) {
  }
  // What follows too soon would count as the same signal.
  CHECK_FALSE(client.wait(300ms).has_value());
  s.process().signal(SIGTERM);
  CHECK(s.process().wait(end_time) == 0);
  CHECK(client.wait(end_time).has_value());
  CHECK(s.output().find("cutting connections connections=1") != std::string::npos);
  // Told, not reset: the wait for the origin ended, and that is what the answer says.
  CHECK(test::read_text(s.folder().path("answer")).find("draining") != std::string::npos);
}

TEST_CASE("a hang-up does not shorten the time that balancers are given") {
  test::service s({"--drain-delay-ms=1500"});
  const auto began = std::chrono::steady_clock::now();
  s.process().signal(SIGTERM);
  while (test::curl({s.admin_url("/readyz")}).status != 503) {
  }
  s.process().signal(SIGHUP);
  CHECK(s.process().wait(end_time) == 0);
  CHECK(std::chrono::steady_clock::now() - began >= 1400ms);
}

TEST_CASE("a hang-up stops as SIGTERM does, and means nothing under nohup") {
  // The tests may run under nohup themselves.
  const auto before = std::signal(SIGHUP, SIG_DFL);
  test::service s;
  s.process().signal(SIGHUP);
  CHECK(s.process().wait(end_time) == 0);
  std::signal(SIGHUP, SIG_IGN);
  test::service ignoring;
  std::signal(SIGHUP, before);
  ignoring.process().signal(SIGHUP);
  for (int i = 0; i < 20; ++i) CHECK(ignoring.get("/livez").status == 200);
}
