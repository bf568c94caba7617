#include "core/log.hpp"

#include <future>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

namespace tailrace {
namespace {

using namespace std::chrono_literals;

// Everything that was written; read it after the logger has gone.
struct paper {
  std::vector<std::string> lines;

  log_options options(log_level level = log_level::info) {
    log_options o;
    o.level = level;
    o.write = [this](std::string_view line) {
      lines.emplace_back(line);
      return true;
    };
    o.now = [] { return std::chrono::system_clock::time_point{}; };
    return o;
  }
};

}  // namespace

TEST_CASE("log: lines from the level up, each ended by a line break, all there at the end") {
  paper p;
  {
    logger log(p.options(log_level::warn));
    CHECK_FALSE(log.wants(log_level::info));
    CHECK(log.wants(log_level::error));
    log.info("not this");
    log.warn("one", {{"n", 1}});
    log.error("two");
  }
  REQUIRE(p.lines.size() == 2);
  CHECK(p.lines[0] == "1970-01-01T00:00:00.000Z warn one n=1\n");
  CHECK(p.lines[1] == "1970-01-01T00:00:00.000Z error two\n");
}

TEST_CASE("log: off is off") {
  paper p;
  {
    logger log(p.options(log_level::off));
    CHECK_FALSE(log.wants(log_level::error));
    CHECK_FALSE(log.wants(log_level::off));
    log.error("nothing");
  }
  CHECK(p.lines.empty());
}

TEST_CASE("log: everything that was queued is written when the logger ends") {
  paper p;
  {
    logger log(p.options());
    for (int i = 0; i < 5000; ++i) log.info("line", {{"i", i}});
    CHECK(log.dropped() == 0);
  }
  REQUIRE(p.lines.size() == 5000);
  CHECK(p.lines.back().ends_with("i=4999\n"));
}

TEST_CASE("log: when the output is stuck, the oldest lines go, and are counted") {
  paper p;
  std::promise<void> stuck, loose;
  auto is_loose = loose.get_future();
  std::uint64_t dropped = 0;
  {
    auto o = p.options();
    o.queue_lines_max = 4;
    o.write = [&, first = true](std::string_view line) mutable {
      if (std::exchange(first, false)) {
        stuck.set_value();
        is_loose.wait();
      }
      p.lines.emplace_back(line);
      return true;
    };
    logger log(std::move(o));
    // The first line is being written and stays so; ten more meet a queue for four.
    log.info("first");
    stuck.get_future().wait();
    for (int i = 0; i < 10; ++i) log.info("line", {{"i", i}});
    dropped = log.dropped();
    loose.set_value();
  }
  CHECK(dropped == 6);
  REQUIRE(p.lines.size() == 5);
  CHECK(p.lines[1].ends_with("i=6\n"));
  CHECK(p.lines[4].ends_with("i=9\n"));
}

TEST_CASE("log: a line that the output refuses counts as dropped") {
  std::promise<void> tried;
  log_options o;
  o.write = [&](std::string_view) {
    tried.set_value();
    return false;
  };
  auto log = std::make_unique<logger>(std::move(o));
  log->info("lost");
  tried.get_future().wait();
  // The count follows the attempt; a second line could only be taken after it.
  while (log->dropped() == 0) {
  }
  CHECK(log->dropped() == 1);
}

TEST_CASE("log: an access line") {
  paper p;
  {
    auto o = p.options(log_level::off);
    o.access = "all";
    logger log(std::move(o));
    access_line line;
    line.request_id = "r-1";
    line.client = "192.0.2.1";
    line.method = "GET";
    line.target = "/v1/hash?url=a b";
    line.route = "hash";
    line.status = 200;
    line.received_bytes = 10;
    line.sent_bytes = 20;
    line.spent = std::chrono::microseconds(1500);
    line.timing = "hash;dur=1.000, total;dur=1.500";
    REQUIRE(log.wants_access(line.status, line.request_id, line.spent));
    log.access(line);
  }
  REQUIRE(p.lines.size() == 1);
  CHECK(p.lines[0] ==
        "1970-01-01T00:00:00.000Z access request request_id=r-1 client=192.0.2.1 method=GET "
        "target=\"/v1/hash?url=a b\" route=hash status=200 code=\"\" received_bytes=10 "
        "sent_bytes=20 duration_ms=1.5 timing=\"hash;dur=1.000, total;dur=1.500\"\n");
}

TEST_CASE("log: which requests get an access line") {
  CHECK_FALSE(access_choice("off", 120ms)(500, "a", 1s));
  CHECK(access_choice("all", 120ms)(200, "a", 1s));
  CHECK(access_choice("errors", 120ms)(404, "a", 1s));
  CHECK(access_choice("errors", 120ms)(499, "a", 1s));
  CHECK_FALSE(access_choice("errors", 120ms)(304, "a", 1s));
  CHECK(access_choice("1", 120ms)(200, "a", 1s));
  const access_choice slow("slow", 120ms);
  CHECK_FALSE(slow(200, "a", 120ms));
  CHECK(slow(200, "a", 121ms));
  CHECK(slow(404, "a", 1ms));

  // A ratio: about that share, and the same ones every time.
  const access_choice tenth("0.1", 120ms), same("0.1", 120ms);
  int chosen = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto id = std::to_string(i);
    chosen += tenth(200, id, 1ms) ? 1 : 0;
    REQUIRE(tenth(200, id, 1ms) == same(503, id, 1s));
  }
  CHECK(chosen > 850);
  CHECK(chosen < 1150);
}

}  // namespace tailrace
