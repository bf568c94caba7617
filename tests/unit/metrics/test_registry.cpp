#include "metrics/registry.hpp"

#include <cmath>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/support/catch.hpp"

namespace tailrace::metrics {
namespace {

using namespace std::chrono_literals;

constexpr unsigned get_and_post = 0b0101;
constexpr std::size_t get = 0, post = 2, other = 4;

std::vector<route_labels> routes() {
  return {{"hash", get_and_post, route_labels::kind::work},
          {"livez", 0b0001, route_labels::kind::probe}};
}

// Series as written, with its labels, -> value.
using scrape = std::map<std::string, double>;

scrape scraped(const registry& r) {
  static const std::regex sample(R"(^([a-z_]+(\{([a-z]+="[^"\\\n]*",?)*\})?) (\S+)$)");
  static const std::regex comment(
      R"(^# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram))$)");
  scrape out;
  std::istringstream lines(r.exposition());
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    std::smatch found;
    if (line.starts_with('#')) {
      REQUIRE(std::regex_match(line, comment));
      continue;
    }
    REQUIRE(std::regex_match(line, found, sample));
    REQUIRE(out.emplace(found[1], std::stod(found[4])).second);
  }
  return out;
}

std::string request(const std::string& route, const std::string& method,
                    const std::string& status) {
  return "tailrace_http_requests_total{route=\"" + route + "\",method=\"" + method +
         "\",status=\"" + status + "\"}";
}

std::set<std::string> names_in(const scrape& s) {
  std::set<std::string> out;
  for (const auto& [name, value] : s) out.insert(name);
  return out;
}

}  // namespace

TEST_CASE("registry: everything is there from the start, at zero") {
  const registry r(routes(), 2, {0.12, 0.0003});
  const auto s = scraped(r);
  CHECK(s.at(request("hash", "GET", "200")) == 0);
  CHECK(s.at(request("hash", "POST", "503")) == 0);
  CHECK(s.at(request("hash", "other", "405")) == 0);
  CHECK(s.at(request("livez", "GET", "200")) == 0);
  CHECK(s.at(request("other", "GET", "404")) == 0);
  CHECK(s.at("tailrace_rejections_total{reason=\"memory\"}") == 0);
  CHECK(s.at("tailrace_errors_total{side=\"origin\",code=\"origin_dns\"}") == 0);
  CHECK(s.at("tailrace_stage_duration_seconds_count{stage=\"encode\"}") == 0);
  CHECK(s.at("tailrace_received_bytes_total{peer=\"origin\"}") == 0);
  CHECK(s.at("tailrace_slo_latency_objective_seconds") == 0.12);
  CHECK(s.at("tailrace_slo_error_ratio_objective") == 0.0003);
  CHECK(s.at("tailrace_requests_in_flight") == 0);
  // Nor is there what can never be.
  CHECK_FALSE(s.contains(request("livez", "GET", "502")));
  CHECK_FALSE(s.contains(request("hash", "GET", "405")));
  CHECK(s.size() < 1000);
}

TEST_CASE("registry: figures are sums over the threads") {
  registry r(routes(), 2, {});
  r.cells(0).request(0, get, 200, 1ms);
  r.cells(1).request(0, get, 200, 200ms);
  r.cells(1).request(0, post, 503, 1ms);
  r.cells(0).in_flight(3);
  r.cells(1).in_flight(-1);
  r.cells(0).connections(1);
  r.cells(0).received(peer::client, 5);
  r.cells(1).received(peer::client, 6);
  r.cells(1).sent(peer::origin, 7);
  r.cells(0).rejected(rejection::queue);
  r.cells(1).rejected(rejection::queue);
  r.cells(1).failed(errc::overloaded);
  r.cells(0).loop_lag(1ms);
  r.cells(0).slow_handler();
  r.cells(1).slow_handler();
  const auto s = scraped(r);
  CHECK(s.at(request("hash", "GET", "200")) == 2);
  CHECK(s.at(request("hash", "POST", "503")) == 1);
  CHECK(s.at("tailrace_http_request_duration_seconds_count{route=\"hash\"}") == 3);
  CHECK(s.at("tailrace_http_request_duration_seconds_sum{route=\"hash\"}") == Approx(0.202));
  CHECK(s.at("tailrace_requests_in_flight") == 2);
  CHECK(s.at("tailrace_connections") == 1);
  CHECK(s.at("tailrace_received_bytes_total{peer=\"client\"}") == 11);
  CHECK(s.at("tailrace_sent_bytes_total{peer=\"origin\"}") == 7);
  CHECK(s.at("tailrace_rejections_total{reason=\"queue\"}") == 2);
  CHECK(s.at("tailrace_errors_total{side=\"us\",code=\"overloaded\"}") == 1);
  CHECK(s.at("tailrace_io_loop_lag_seconds_count") == 1);
  CHECK(s.at("tailrace_io_slow_handlers_total") == 2);
}

TEST_CASE("registry: histograms are cumulative, have the objective's bucket, and add up") {
  registry r(routes(), 2, {});
  r.cells(0).request(0, get, 200, 120ms);     // on the bound: within
  r.cells(1).request(0, get, 200, 120001us);  // just over
  r.cells(1).request(0, get, 200, 60s);       // above every bound
  const auto s = scraped(r);
  const auto bucket = [&](const std::string& bound) {
    return s.at("tailrace_http_request_duration_seconds_bucket{route=\"hash\",le=\"" + bound +
                "\"}");
  };
  CHECK(bucket("0.1") == 0);
  CHECK(bucket("0.12") == 1);
  CHECK(bucket("0.15") == 2);
  CHECK(bucket("10") == 2);
  CHECK(bucket("+Inf") == 3);
  CHECK(s.at("tailrace_http_request_duration_seconds_count{route=\"hash\"}") == 3);
}

TEST_CASE("registry: what is outside the tables counts as other, and breaks nothing") {
  registry r(routes(), 1, {});
  r.cells(0).request(99, 99, 299, 1ms);
  r.cells(0).request(0, other, 405, 1ms);
  r.cells(0).request(1, get, 502, 1ms);
  const auto s = scraped(r);
  CHECK(s.at(request("other", "other", "other")) == 1);
  CHECK(s.at(request("hash", "other", "405")) == 1);
  CHECK(s.at(request("livez", "GET", "502")) == 1);
}

TEST_CASE("registry: requests of every foreseen kind make no new series") {
  registry r(routes(), 1, {});
  const auto before = names_in(scraped(r));
  for (const auto status : {200U, 400U, 403U, 404U, 413U, 422U, 499U, 500U, 502U, 503U, 504U})
    r.cells(0).request(0, post, status, 1ms);
  for (const auto status : {404U, 400U, 431U, 414U, 408U})
    r.cells(0).request(2, other, status, 1ms);
  r.cells(0).request(0, other, 405, 1ms);
  r.cells(0).request(1, get, 503, 1ms);
  CHECK(names_in(scraped(r)) == before);
}

TEST_CASE("registry: other components add what they count") {
  registry r({}, 1, {});
  duration_histogram one, two;
  one.record(1ms);
  two.record(2ms);
  two.record(3ms);
  double depth = 4;
  r.add_gauge("tailrace_executor_queue_depth", {{"lane", "short"}}, [&] { return depth; });
  r.add_gauge("tailrace_executor_queue_depth", {{"lane", "long"}}, [] { return 5.0; });
  r.add_counter("tailrace_executor_steals_total", {{"lane", "short"}}, [] { return 1e15; });
  r.add_histogram("tailrace_executor_queue_wait_seconds", {{"lane", "short"}}, {&one, &two});
  depth = 6;
  const auto s = scraped(r);
  CHECK(s.at("tailrace_executor_queue_depth{lane=\"short\"}") == 6);
  CHECK(s.at("tailrace_executor_queue_depth{lane=\"long\"}") == 5);
  CHECK(s.at("tailrace_executor_steals_total{lane=\"short\"}") == 1e15);
  CHECK(s.at("tailrace_executor_queue_wait_seconds_count{lane=\"short\"}") == 3);
  CHECK(s.at("tailrace_executor_queue_wait_seconds_bucket{lane=\"short\",le=\"0.001\"}") == 1);
  // Nothing is shown of families that nobody feeds.
  CHECK_FALSE(s.contains("tailrace_memory_budget_bytes"));
}

TEST_CASE("registry: a series that several components feed is written once, as their sum") {
  registry r({}, 1, {});
  duration_histogram lags;
  lags.record(1ms);
  r.cells(0).sent(peer::origin, 1);
  r.cells(0).loop_lag(1ms);
  r.add_counter("tailrace_sent_bytes_total", {{"peer", "origin"}}, [] { return 2.0; });
  r.add_counter("tailrace_sent_bytes_total", {{"peer", "origin"}}, [] { return 3.0; });
  r.add_histogram("tailrace_io_loop_lag_seconds", {}, {&lags});
  const auto s = scraped(r);
  CHECK(s.at("tailrace_sent_bytes_total{peer=\"origin\"}") == 6);
  CHECK(s.at("tailrace_io_loop_lag_seconds_count") == 2);
}

TEST_CASE("registry: a misspelt name, a wrong type or wrong labels are bugs, found at start") {
  registry r({}, 1, {});
  const auto zero = [] { return 0.0; };
  CHECK_THROWS_AS(r.add_counter("tailrace_nonsense_total", {}, zero), std::logic_error);
  CHECK_THROWS_AS(r.add_gauge("tailrace_executor_steals_total", {{"lane", "x"}}, zero),
                  std::logic_error);
  CHECK_THROWS_AS(r.add_gauge("tailrace_executor_queue_depth", {{"line", "x"}}, zero),
                  std::logic_error);
}

TEST_CASE("registry: stages that a request did not pass through are not recorded") {
  registry r({}, 1, {});
  stage_times times;
  times.add(stage::hash, 2ms);
  r.cells(0).spent(times);
  const auto s = scraped(r);
  CHECK(s.at("tailrace_stage_duration_seconds_count{stage=\"hash\"}") == 1);
  CHECK(s.at("tailrace_stage_duration_seconds_count{stage=\"dns\"}") == 0);
}

TEST_CASE("registry: hashing counts whether or not anybody waited for it") {
  registry r({}, 1, {});
  stage_times times;
  times.add(stage::hash, 2ms);
  times.add_beside(3ms);
  r.cells(0).spent(times);
  CHECK(scraped(r).at("tailrace_stage_duration_seconds_sum{stage=\"hash\"}") == Approx(0.005));
}

TEST_CASE("registry: rows of a gauge are what they are at each scrape") {
  registry r({}, 1, {});
  std::vector<registry::row> rows;
  r.add_gauges("tailrace_origin_waiting", "origin", [&] { return rows; });
  CHECK_FALSE(scraped(r).contains("tailrace_origin_waiting{origin=\"a\"}"));
  rows = {{"a", 1}, {"other", 2}};
  CHECK(scraped(r).at("tailrace_origin_waiting{origin=\"a\"}") == 1);
  rows = {{"other", 3}};
  CHECK_FALSE(scraped(r).contains("tailrace_origin_waiting{origin=\"a\"}"));
  CHECK(scraped(r).at("tailrace_origin_waiting{origin=\"other\"}") == 3);
  CHECK_THROWS_AS(r.add_gauges("tailrace_origin_waiting", "host", nullptr), std::logic_error);
  CHECK_THROWS_AS(r.add_gauges("tailrace_nonsense", "origin", nullptr), std::logic_error);
}

TEST_CASE("registry: the process's own figures are plausible") {
  const auto s = scraped(registry({}, 1, {}));
  CHECK(s.at("process_cpu_seconds_total") > 0);
  CHECK(s.at("process_resident_memory_bytes") > 1 << 20);
  CHECK(s.at("process_virtual_memory_bytes") >= s.at("process_resident_memory_bytes"));
  CHECK(s.at("process_open_fds") >= 3);
  CHECK(s.at("process_max_fds") > s.at("process_open_fds"));
  CHECK(s.at("process_threads") >= 1);
  // After 2020, and not in the future.
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  CHECK(s.at("process_start_time_seconds") > 1577836800);
  CHECK(s.at("process_start_time_seconds") <= now + 1);
}

}  // namespace tailrace::metrics
