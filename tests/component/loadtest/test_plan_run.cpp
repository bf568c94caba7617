// Plans against a server that answers by script: what is sent, what is checked, what is counted.
#include "loadtest/generator/bodies.hpp"
#include "loadtest/generator/plan_file.hpp"
#include "loadtest/generator/report.hpp"
#include "loadtest/generator/run.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "tests/component/loadtest/json_count.hpp"
#include "tests/component/loadtest/scripted_server.hpp"
#include "tests/support/catch.hpp"

using namespace std::string_literals;
using namespace tailrace::load;
using tailrace::test::count;
using tailrace::test::response_with;
using tailrace::test::scripted_server;
using reply = scripted_server::reply;
using request = scripted_server::request;
namespace json = boost::json;

namespace {

constexpr auto half_a_second = R"([{"name": "load", "seconds": 0.5, "rate": 200}])";

// A plan with these phases and requests, and what came of it as format 2.
json::object run_plan(const scripted_server& server, const std::string& phases,
                      const std::string& requests, const std::string& more = "") {
  const auto text = R"({"base": "http://127.0.0.1:)" + std::to_string(server.port()) +
                    R"(", "connections": 8, "phases": )" + phases + R"(, "requests": )" + requests +
                    more + "}";
  options o;
  o.plan_file = json::parse(text).as_object();
  o.plan = plan_from(*o.plan_file);
  const auto requests_made = std::get<target>(make_target(o.plan));
  const auto r = run_load(o.plan, requests_made, false, [](const auto&) {});
  return json::parse(json_report(o, r)).as_object();
}

std::string path_of(const request& r) {
  const auto begin = r.head.find(' ') + 1;
  return std::string(r.head.substr(begin, r.head.find(' ', begin) - begin));
}

reply with_status(int status) {
  return {"HTTP/1.1 " + std::to_string(status) + " Such\r\nContent-Length: 0\r\n\r\n"};
}

// What one kind of request comes to when every answer is this one: a hundred of them.
json::object counted(const reply& always, const std::string& asking) {
  const scripted_server server([&always](const auto&) { return always; });
  return run_plan(server, half_a_second, "[" + asking + "]");
}

std::string png(unsigned char width) {
  return "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0"s + static_cast<char>(width) +
         "\0\0\0\x10\x08\2\0\0\0"s;
}

}  // namespace

TEST_CASE("kinds are mixed by weight, each sent as it says, with numbers that are never the same") {
  std::mutex mutex;
  std::map<std::string, std::size_t> paths;
  std::set<std::string> numbers;
  const std::string body = made_body(100, 9);
  const scripted_server server([&](const request& r) {
    const std::lock_guard lock(mutex);
    const std::string path = path_of(r);
    if (path.starts_with("/n/")) {
      ++paths["/n/"];
      CHECK(numbers.insert(path).second);
    } else {
      ++paths[path];
      CHECK(r.body == body);
      CHECK(r.head.find("\r\nX-Kind: hash\r\n") != r.head.npos);
    }
    return reply{response_with("ok")};
  });
  const auto result = run_plan(server, half_a_second,
                               R"([{"name": "hash", "weight": 3, "path": "/h", "method": "POST",
                                    "body_bytes": 100, "headers": ["X-Kind: hash"]},
                                   {"name": "get", "weight": 1, "path": "/n/{n}?{n}"}])",
                               R"(, "threads": 3, "seed": 9)");
  CHECK(paths["/h"] + paths["/n/"] == 100);
  CHECK(paths["/n/"] > 5);
  CHECK(paths["/h"] > paths["/n/"]);
  CHECK(count(result, "/requests/hash/ok") == paths["/h"]);
  CHECK(count(result, "/requests/get/ok") == paths["/n/"]);
  CHECK(count(result, "/totals/ok") == 100);
  CHECK(server.connections() == 8);
}

TEST_CASE("each phase counts what was scheduled in it, and unrecorded ones are sent all the same") {
  std::atomic<std::size_t> received = 0;
  const scripted_server server([&received](const auto&) {
    ++received;
    return reply{response_with("x")};
  });
  const auto result = run_plan(server,
                               R"([{"name": "warm", "seconds": 0.2, "rate": 50, "recorded": false},
                                   {"name": "low", "seconds": 0.3, "rate": 100},
                                   {"name": "high", "seconds": 0.7, "rate": 200}])",
                               R"([{"name": "r", "path": "/"}])");
  CHECK(received == 10 + 30 + 140);
  const auto& phases = result.at("phases").as_array();
  REQUIRE(phases.size() == 2);
  CHECK(phases[0].at("name") == "low");
  CHECK(phases[0].at("start_s").to_number<double>() == Approx(0.2));
  CHECK(count(phases[0], "/offered") == 30);
  CHECK(count(phases[0], "/totals/ok") == 30);
  CHECK(count(phases[1], "/requests/r/ok") == 140);
  CHECK(count(result, "/totals/offered") == 170);
  // By the second of the schedule: 30 and half a second at 200/s, and the rest.
  const auto& timeline = result.at("timeline").as_array();
  REQUIRE(timeline.size() == 2);
  CHECK(count(timeline[0], "/offered") == 30 + 100);
  CHECK(count(timeline[1], "/requests/r/ok") == 40);
}

TEST_CASE("refusals are neither successes nor errors and have latencies of their own") {
  const scripted_server server([](const request& r) {
    const int statuses[] = {200, 503, 429, 500};
    return with_status(statuses[r.number % 4]);
  });
  const json::value result =
      run_plan(server, half_a_second, R"([{"name": "r", "path": "/", "refusals": [503, 429]}])");
  for (const char* group : {"/totals", "/requests/r", "/phases/0/totals"}) {
    const auto& g = result.at_pointer(group);
    CHECK(count(g, "/offered") == 100);
    CHECK(count(g, "/ok") == 25);
    CHECK(count(g, "/refused") == 50);
    CHECK(count(g, "/errors/total") == 25);
    CHECK(count(g, "/errors/status") == 25);
    CHECK(count(g, "/statuses/429") == 25);
    CHECK(count(g, "/latency/count") == 25);
    CHECK(count(g, "/latency_refused/count") == 50);
    CHECK(count(g, "/latency_all/count") == 100);
  }
  CHECK(result.at("first_failures") == json::array{"r: status 500"});
}

TEST_CASE("an answer must bring what is expected of it") {
  const std::string digest = sha256_hex(made_body(10, 1));
  const auto body = [](const std::string& sha256) {
    return reply{response_with(R"({"digests":{"sha256":")" + sha256 + R"("},"bytes":10})",
                               "X-A: right\r\n")};
  };
  const auto asking = [](const std::string& expect) {
    return R"({"name": "r", "method": "POST", "path": "/", "body_bytes": 10, "expect": )" + expect +
           "}";
  };
  const auto image = reply{response_with(png(32))};
  const std::tuple<std::string, reply, bool> cases[] = {
      {R"({"body_digest": true, "json": {"bytes": 10}})", body(digest), true},
      {R"({"body_digest": true})", body(sha256_hex("other")), false},
      {R"({"json": {"bytes": 11}})", body(digest), false},
      {R"({"headers": {"x-a": "right"}})", body(digest), true},
      {R"({"headers": {"X-A": "wrong"}})", body(digest), false},
      {R"({"headers": {"X-B": "right"}})", body(digest), false},
      {R"({"image": {"format": "png", "width": 32, "height": 16}})", image, true},
      {R"({"image": {"format": "png", "width": 33}})", image, false},
      {R"({"image": {"format": "webp"}})", image, false},
      {R"({"image": {"format": "png"}})", body(digest), false},
  };
  for (const auto& [expect, answer, right] : cases) {
    INFO(expect);
    const auto result = counted(answer, asking(expect));
    CHECK(count(result, "/totals/offered") == 100);
    CHECK(count(result, "/totals/ok") == (right ? 100 : 0));
    CHECK(count(result, "/totals/errors/content") == (right ? 0 : 100));
    CHECK(count(result, "/totals/statuses/200") == 100);
    CHECK(result.at("first_failures").as_array().size() == (right ? 0 : 1));
  }
}

TEST_CASE("without keep-alive every request has its own connection, in a plan, too") {
  const scripted_server server([](const request& r) {
    return reply{response_with("x"), r.head.find("Connection: close") != r.head.npos};
  });
  const auto result =
      run_plan(server, half_a_second, R"([{"name": "r", "path": "/"}])", R"(, "keepalive": false)");
  CHECK(count(result, "/totals/ok") == 100);
  CHECK(server.connections() == 100);
}

TEST_CASE("offered = ok + refused + errors, when connections are used up and the end comes, too") {
  const scripted_server server([](const request& r) -> std::optional<reply> {
    if (r.number % 3 == 0) return std::nullopt;
    return r.number % 3 == 1 ? with_status(503) : reply{"", true};
  });
  // Every third request keeps its connection for as long as is waited for an answer.
  const auto result = run_plan(
      server,
      R"([{"name": "a", "seconds": 0.3, "rate": 400}, {"name": "b", "seconds": 0.3, "rate": 400}])",
      R"([{"name": "r", "path": "/", "refusals": [503]}])",
      R"(, "arrivals": "poisson", "timeout_ms": 150, "threads": 2)");
  std::uint64_t offered = 0;
  for (const auto& phase : result.at("phases").as_array()) {
    const auto& g = phase.at("totals");
    CHECK(count(g, "/offered") ==
          count(g, "/ok") + count(g, "/refused") + count(g, "/errors/total"));
    offered += count(g, "/offered");
  }
  CHECK(offered == count(result, "/totals/offered"));
  CHECK(offered > 150);
  CHECK(count(result, "/totals/errors/unsent") > 0);
  CHECK(count(result, "/totals/errors/timeout") > 0);
  CHECK(count(result, "/totals/errors/reset") > 0);
  CHECK(count(result, "/totals/refused") > 0);
}
