// Requests that share one to the origin, over the whole service and its threads.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace std::chrono_literals;
using namespace tailrace;

namespace {

constexpr const char* joined = "tailrace_coalesced_fetches_total{result=\"joined\"}";
// Of "hello".
constexpr const char* digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

struct asking {
  asking(const test::service& s, const std::string& target) : client(s.port()) {
    REQUIRE(client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"));
  }
  test::raw_client client;
};

std::vector<std::unique_ptr<asking>> ask(const test::service& s, const std::string& target,
                                         int times) {
  std::vector<std::unique_ptr<asking>> all;
  for (int i = 0; i < times; ++i) all.push_back(std::make_unique<asking>(s, target));
  return all;
}

void check_hello(asking& a) {
  const std::string answer = a.client.answer();
  INFO(answer);
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.find(digest) != std::string::npos);
}

}  // namespace

TEST_CASE("clients on all threads share a request to the origin, also when the first one leaves") {
  test::service s({"--io-threads=2"});
  std::promise<void> release;
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe";
  test::origin origin(
      {test::script().request().reach([&] { release.get_future().wait(); }).send(head + "llo")});
  const std::string target = "/v1/hash?url=" + origin.url("/");
  auto first = std::make_unique<asking>(s, target);
  s.wait_for("tailrace_upstream_connections{state=\"active\"}", 1);
  const auto others = ask(s, target, 15);
  s.wait_for(joined, 15);
  first.reset();
  s.wait_for("tailrace_http_requests_total{route=\"/v1/hash\",method=\"GET\",status=\"499\"}", 1);
  release.set_value();
  for (const auto& a : others) check_hello(*a);
  CHECK(origin.requests().size() == 1);
  CHECK(s.metric("tailrace_upstream_requests_total{outcome=\"ok\"}") == 1);
}

TEST_CASE("who comes while the body arrives gets all of it") {
  test::service s({"--io-threads=2"});
  std::promise<void> release;
  test::origin origin({test::script()
                           .request()
                           .send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")
                           .reach([&] { release.get_future().wait(); })
                           .send("llo")});
  const std::string target = "/v1/hash?url=" + origin.url("/");
  const auto first = ask(s, target, 1);
  s.wait_for("tailrace_upstream_connections{state=\"active\"}", 1);
  const auto late = ask(s, target, 7);
  s.wait_for(joined, 7);
  release.set_value();
  check_hello(*first.front());
  for (const auto& a : late) check_hello(*a);
  CHECK(origin.requests().size() == 1);
}

TEST_CASE("a body that breaks off is nobody's answer") {
  test::service s({"--io-threads=2"});
  std::promise<void> release;
  test::origin origin(
      {test::script().request().send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe").reach([&] {
        release.get_future().wait();
      })});
  const auto all = ask(s, "/v1/hash?url=" + origin.url("/"), 6);
  s.wait_for(joined, 5);
  release.set_value();
  for (const auto& a : all) {
    const std::string answer = a->client.answer();
    CHECK(answer.starts_with("HTTP/1.1 502 "));
    CHECK(answer.find("\"code\":\"origin_incomplete\"") != std::string::npos);
  }
}

TEST_CASE("long streams are shared between threads and digested alike") {
  test::service s({"--io-threads=2"});
  const std::string body(20'000'000, 'x');
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  test::origin origin(
      {test::script().request().reach([released] { released.wait(); }).send(test::ok(body))});
  const auto all = ask(s, "/v1/hash?url=" + origin.url("/"), 8);
  s.wait_for(joined, 7);
  release.set_value();
  std::vector<std::string> digests;
  for (const auto& a : all) {
    const std::string answer = a->client.answer();
    REQUIRE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    digests.push_back(answer.substr(answer.find("\"digests\"")));
  }
  CHECK(std::count(digests.begin(), digests.end(), digests.front()) == 8);
  // Who fell behind, on a busy machine, asked once more each.
  const double behind = s.metric("tailrace_coalesced_fetches_total{result=\"left_behind\"}");
  CHECK(static_cast<double>(origin.requests().size()) == 1 + behind);
  s.wait_for("tailrace_memory_reserved_bytes", 0);
}

TEST_CASE("a drain waits for those who share a request, and a cut does not") {
  for (const bool cut : {false, true}) {
    INFO("cut " << cut);
    test::service s({"--io-threads=2", "--drain-timeout-ms=20000"});
    std::promise<void> release;
    test::origin origin({test::script()
                             .request()
                             .reach([&] { release.get_future().wait(); })
                             .send(test::ok("hello"))});
    const auto all = ask(s, "/v1/hash?url=" + origin.url("/"), 6);
    s.wait_for(joined, 5);
    s.process().signal(SIGTERM);
    s.wait_for("tailrace_upstream_connections{state=\"active\"}", 1);
    if (cut) {
      // What comes within 50 ms is the same signal.
      while (!s.process().wait(100ms)) s.process().signal(SIGTERM);
      release.set_value();
      for (const auto& a : all) CHECK(a->client.answer().find(digest) == std::string::npos);
    } else {
      release.set_value();
      for (const auto& a : all) check_hello(*a);
    }
    CHECK(s.process().wait(10s) == 0);
  }
}

TEST_CASE("without a window every request is its own") {
  test::service s({"--coalesce-window-bytes=0", "--io-threads=1"});
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  test::origin origin(
      {test::script().request().reach([released] { released.wait(); }).send(test::ok("hello"))});
  const auto all = ask(s, "/v1/hash?url=" + origin.url("/"), 3);
  s.wait_for("tailrace_upstream_connections{state=\"active\"}", 3);
  release.set_value();
  for (const auto& a : all) check_hello(*a);
  CHECK(origin.connections() == 3);
}
