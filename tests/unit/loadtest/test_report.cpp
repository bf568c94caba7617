// The JSON of a run, for both formats: their keys are an interface.
#include "loadtest/generator/plan_file.hpp"
#include "loadtest/generator/report.hpp"

#include <boost/json/parse.hpp>

#include <set>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/unit/loadtest/virtual_run.hpp"

using namespace std::chrono_literals;
using namespace tailrace::load;
using namespace tailrace::test;
namespace json = boost::json;

namespace {

using keys = std::set<std::string>;

const auto plan_text = R"({"base": "http://h", "connections": 1000, "phases": [
    {"name": "warm", "seconds": 1, "rate": 100, "recorded": false},
    {"name": "load", "seconds": 2, "rate": 1000}, {"name": "late", "seconds": 0.5, "rate": 10}],
  "requests": [{"name": "a", "path": "/a", "weight": 3, "refusals": [503]},
               {"name": "b", "path": "/b"}]})";

keys keys_of(const json::value& v) {
  keys names;
  for (const auto& member : v.as_object()) names.emplace(member.key());
  return names;
}

std::uint64_t count(const json::value& v, const char* key) {
  return v.at(key).to_number<std::uint64_t>();
}

// Request number n takes n ms modulo 100; of kind a each fifth is refused, of b each seventh fails.
virtual_answer answer_to(const ticket& t, std::chrono::nanoseconds) {
  const auto takes = 1ms * (t.number % 100);
  if (t.kind == 0 && t.number % 5 == 0) return {ending::refused, 503, takes};
  if (t.kind == 1 && t.number % 7 == 0) return {ending::reset, 0, takes};
  return {ending::ok, 200, takes};
}

options options_of_plan() {
  options o;
  o.plan_file = json::parse(plan_text).as_object();
  o.plan = plan_from(*o.plan_file);
  return o;
}

json::value report_of_plan() {
  const options o = options_of_plan();
  return json::parse(json_report(o, run_virtually(o.plan, answer_to).result));
}

const keys group_keys{
    "offered", "ok",      "refused",         "errors",      "statuses",           "sent_bytes",
    "latency", "service", "latency_refused", "latency_all", "received_body_bytes"};
const keys latency_keys{"count",  "mean_ns", "p50_ns", "p90_ns",
                        "p99_ns", "p999_ns", "max_ns", "percentiles"};

void check_group(const json::value& g) {
  CHECK(keys_of(g) == group_keys);
  CHECK(keys_of(g.at("errors")) == keys{"total", "status", "content", "connect", "timeout", "reset",
                                        "truncated", "bad_response", "unsent"});
  for (const char* name : {"latency", "service", "latency_refused", "latency_all"}) {
    CHECK(keys_of(g.at(name)) == latency_keys);
  }
  CHECK(count(g, "offered") ==
        count(g, "ok") + count(g, "refused") + count(g.at("errors"), "total"));
  CHECK(count(g.at("latency"), "count") == count(g, "ok"));
  CHECK(count(g.at("latency_all"), "count") == count(g, "offered"));
}

}  // namespace

TEST_CASE("format 2 has the plan as it was read, and every group in every view") {
  const auto r = report_of_plan();
  CHECK(keys_of(r) == keys{"tool", "format", "plan", "elapsed_ns", "generator_cpu_ns", "lateness",
                           "phases", "totals", "requests", "timeline", "first_failures"});
  CHECK(count(r, "format") == 2);
  CHECK(r.at("plan") == json::parse(plan_text));
  CHECK(keys_of(r.at("lateness")) == latency_keys);
  check_group(r.at("totals"));
  CHECK(keys_of(r.at("requests")) == keys{"a", "b"});
  REQUIRE(r.at("phases").as_array().size() == 2);
  std::uint64_t offered = 0;
  for (const auto& phase : r.at("phases").as_array()) {
    CHECK(keys_of(phase) ==
          keys{"name", "start_s", "seconds", "rate", "offered", "totals", "requests"});
    check_group(phase.at("totals"));
    for (const char* kind : {"a", "b"}) check_group(phase.at("requests").at(kind));
    offered += count(phase, "offered");
  }
  CHECK(offered == 2005);
  CHECK(count(r.at("totals"), "offered") == 2005);
  CHECK(r.at("phases").at(1).at("start_s") == 3.0);
  CHECK(r.at("first_failures") == json::array{"b: reset"});
}

TEST_CASE("the timeline of format 2 goes by the second of the schedule") {
  const auto timeline = report_of_plan().at("timeline").as_array();
  REQUIRE(timeline.size() == 3);
  for (const auto& row : timeline) {
    CHECK(keys_of(row) == keys{"second", "offered", "ok", "refused", "errors", "p50_ns", "p99_ns",
                               "max_ns", "requests"});
    CHECK(count(row, "offered") == count(row, "ok") + count(row, "refused") + count(row, "errors"));
    std::uint64_t ok = 0;
    for (const char* kind : {"a", "b"}) {
      CHECK(keys_of(row.at("requests").at(kind)) ==
            keys{"offered", "ok", "refused", "errors", "p50_ns", "p99_ns", "max_ns"});
      ok += count(row.at("requests").at(kind), "ok");
    }
    CHECK(ok == count(row, "ok"));
  }
  CHECK(count(timeline[0], "second") == 1);
  CHECK(count(timeline[0], "offered") == 1000);
  CHECK(count(timeline[2], "offered") == 5);
}

TEST_CASE("the percentiles of format 2 go from the median to the maximum") {
  const auto latency = report_of_plan().at("totals").at("latency_all");
  const double wanted[] = {50, 75, 90, 95, 99, 99.5, 99.9, 99.99, 100};
  const auto& list = latency.at("percentiles").as_array();
  REQUIRE(list.size() == std::size(wanted));
  for (std::size_t i = 0; i < list.size(); ++i) CHECK(list[i].at(0) == wanted[i]);
  CHECK(list[0].at(1) == latency.at("p50_ns"));
  CHECK(list[4].at(1) == latency.at("p99_ns"));
  CHECK(list[8].at(1) == latency.at("max_ns"));
  // 0 to 99 ms, evenly: the 75th percentile is 74 ms.
  CHECK(list[1].at(1).to_number<double>() == Approx(74e6).epsilon(1.0 / 128));
}

TEST_CASE("the rate in the text is that of what was recorded, in the time in which it was") {
  const options o = options_of_plan();
  auto r = run_virtually(o.plan, [](const ticket&, std::chrono::nanoseconds) {
             return virtual_answer{};
           }).result;
  // 2000 in two seconds and 5 in half of one; the second before them is not recorded.
  CHECK(text_report(o, r).find("requests  2005 in 2.50 s: 802.0/s answered") != std::string::npos);
  // Interrupted before anything was recorded.
  r.elapsed = 500ms;
  CHECK(text_report(o, r).find(" in 0.00 s: 0.0/s answered") != std::string::npos);
}

TEST_CASE("format 1 is what it was, for a run by flags") {
  const auto o = std::get<options>(
      parse_options({"--rate", "100", "--duration", "2", "--connections", "50", "http://h/x"}));
  const auto r = json::parse(json_report(o, run_virtually(o.plan, answer_to).result));
  CHECK(keys_of(r) == keys{"tool", "format", "plan", "elapsed_ns", "requests", "answered", "ok",
                           "answered_per_s", "ok_per_s", "errors", "statuses", "sent_bytes",
                           "received_body_bytes", "latency", "latency_all", "service", "lateness",
                           "generator_cpu_ns", "timeline"});
  CHECK(count(r, "format") == 1);
  CHECK(keys_of(r.at("plan")) == keys{"url", "urls", "method", "request_body_bytes", "loop", "rate",
                                      "arrivals", "seed", "connections", "threads", "keepalive",
                                      "duration_ns", "timeout_ns"});
  CHECK(keys_of(r.at("errors")) == keys{"total", "status", "connect", "timeout", "reset",
                                        "truncated", "bad_response", "unsent"});
  CHECK(keys_of(r.at("timeline").at(0)) ==
        keys{"second", "ok", "errors", "p50_ns", "p99_ns", "max_ns", "behind_ns"});
  CHECK(count(r, "requests") == 200);
  CHECK(keys_of(r.at("latency")) ==
        keys{"count", "mean_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns"});
}
