// More image work than there is time for: who is refused, when, and what it costs.
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/queue_simulation.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"
#include "tests/support/timed_service.hpp"

using namespace tailrace;
using admission::compute_queue;
using test::get;
using test::timed_service;

namespace {

const std::string samples = std::string(TAILRACE_SOURCE_DIR) + "/config/samples";
const std::string queued = "tailrace_executor_queue_depth{lane=\"long\"}";
const std::string refused_for_the_queue = "tailrace_rejections_total{reason=\"queue\"}";

// Half a second and more of one thread.
const std::string slow = "/v1/resize?url=local:///river.jpg&enlarge=1&format=avif&width=2500";
const std::string fast = "/v1/resize?url=local:///river.jpg&width=100";

// A service with one thread for images, which is busy and has one more job waiting: all that may
// wait when next to no wait is allowed.
class full_service {
 public:
  full_service()
      : service({"--long-threads=1", "--long-queue-wait-ms-max=1",
                 "--long-queue-burst-wait-ms-max=1", "--local-root=" + samples}),
        running_(service.port()),
        waiting_(service.port()) {
    // How long work takes is known from what was done.
    REQUIRE(service.get(slow).status == 200);
    REQUIRE(running_.send(get(slow)));
    service.wait_for("tailrace_requests_in_flight", 1);
    REQUIRE(waiting_.send(get(slow)));
    service.wait_for(queued, 1);
  }

  // What was let in is done.
  void expect_done() {
    CHECK(running_.answer().starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(waiting_.answer().starts_with("HTTP/1.1 200 OK\r\n"));
  }

  test::service service;

 private:
  test::raw_client running_;
  test::raw_client waiting_;
};

// Lets in whoever may come, until nobody may.
std::vector<compute_queue::place> filled(timed_service& s) {
  std::vector<compute_queue::place> inside;
  for (unsigned i = 0;; ++i) {
    compute_queue& queue = s.shared.image_queue;
    auto pass = queue.ask(test::numbered_client(i), deadline(), s.time.now());
    if (pass.has_error()) return inside;
    inside.push_back(queue.enter(std::move(*pass), deadline(), s.time.now()).value());
  }
}

std::string conditional(const test::origin& origin) {
  return get("/v1/resize?width=100&url=" + origin.url("/"),
             "If-Modified-Since: Sat, 21 Nov 2026 10:00:00 GMT\r\n");
}

void expect_refusal(const std::string& answer, const std::string& code) {
  CAPTURE(answer);
  CHECK(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  CHECK(answer.find("\r\nRetry-After: ") != std::string::npos);
  CHECK(answer.find("\"code\":\"" + code + "\"") != std::string::npos);
}

}  // namespace

TEST_CASE("overload: an image is refused before its body is read or its origin asked") {
  timed_service s;
  const auto inside = filled(s);
  const test::origin origin({test::script().request().stall()});
  auto& upload = s.ask(
      "POST /v1/resize?width=100 HTTP/1.1\r\nHost: a\r\n"
      "Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");
  s.run_until([&] { return upload.whole(); });
  expect_refusal(upload.answer, "queue_full");
  auto& fetch = s.get("/v1/resize?width=100&url=" + origin.url("/"));
  s.run_until([&] { return fetch.whole(); });
  expect_refusal(fetch.answer, "queue_full");
  CHECK(s.fetches() == 0);

  // What needs no image work is served meanwhile.
  auto& digest = s.ask("POST /v1/hash HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
  s.run_until([&] { return digest.whole(); });
  CHECK(digest.answer.starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("overload: a copy that may still be good is looked at all the same") {
  timed_service s;
  const auto inside = filled(s);
  const test::origin origin({test::script().request().send("HTTP/1.1 304 Not Modified\r\n\r\n")});
  auto& asked = s.ask(conditional(origin));
  s.run_until([&] { return asked.answer.ends_with("\r\n\r\n"); });
  CHECK(asked.answer.starts_with("HTTP/1.1 304 Not Modified\r\n"));
}

TEST_CASE("overload: once it is known not to be good, nothing more of it is received") {
  timed_service s;
  const auto inside = filled(s);
  const test::origin origin(
      {test::script()
           .request()
           .send("HTTP/1.1 200 OK\r\nETag: \"b\"\r\nContent-Length: 1000000\r\n\r\n")
           .stall()});
  auto& asked = s.ask(conditional(origin));
  s.run_until([&] { return asked.whole(); });
  expect_refusal(asked.answer, "queue_full");
  CHECK(s.fetches() == 1);
}

TEST_CASE("overload: what was let in is done, and then the next one is let in at once") {
  full_service full;
  const auto refused = full.service.get(fast);
  expect_refusal(refused.head + refused.body, "queue_full");
  CHECK(full.service.metric("tailrace_image_queue_expected_wait_seconds") > 0.001);
  CHECK(full.service.metric("tailrace_image_queue_clients") == 1);
  full.expect_done();
  CHECK(full.service.get(fast).status == 200);
  CHECK(full.service.metric(refused_for_the_queue) == 1);
}

TEST_CASE("overload: who will not wait so long is told so before the work, not after") {
  test::service s({"--long-threads=1", "--local-root=" + samples});
  REQUIRE(s.get(slow).status == 200);
  test::raw_client running(s.port());
  REQUIRE(running.send(get(slow)));
  s.wait_for("tailrace_requests_in_flight", 1);
  const auto refused = s.get(fast + "&timeout_ms=10");
  expect_refusal(refused.head + refused.body, "deadline_exceeded");
  CHECK(s.metric("tailrace_rejections_total{reason=\"deadline\"}") == 1);
  CHECK(running.answer().starts_with("HTTP/1.1 200 OK\r\n"));
}
