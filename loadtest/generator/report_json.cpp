// Format 1: what a run by flags came to.
#include "loadtest/generator/report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace tailrace::load {
namespace {

namespace json = boost::json;
using std::chrono::nanoseconds;

json::object error_object(const recorder& total) {
  json::object errors{{"total", total.errors()}};
  for (std::size_t i = first_error; i < ending_count; ++i) {
    const auto kind = static_cast<ending>(i);
    // Flags ask for no content.
    if (kind != ending::content) errors[name_of(kind)] = total.count(kind);
  }
  return errors;
}

json::object plan_object(const plan& p) {
  const request_kind& kind = p.kinds.front();
  return {{"url", kind.urls.front()},
          {"urls", kind.urls.size()},
          {"method", kind.method},
          {"request_body_bytes", kind.body.size()},
          {"loop", p.closed ? "closed" : "open"},
          {"rate", p.phases.front().rate},
          {"arrivals", p.arrivals == arrivals::poisson ? "poisson" : "constant"},
          {"seed", p.seed},
          {"connections", p.connections},
          {"threads", p.threads},
          {"keepalive", p.keepalive},
          {"duration_ns", p.length().count()},
          {"timeout_ns", nanoseconds(p.timeout).count()}};
}

json::array timeline_array(const std::vector<second_summary>& seconds) {
  json::array rows;
  for (const auto& s : seconds) {
    rows.push_back(json::object{{"second", s.second},
                                {"ok", s.ended.ok},
                                {"errors", s.ended.errors},
                                {"p50_ns", s.ended.p50.count()},
                                {"p99_ns", s.ended.p99.count()},
                                {"max_ns", s.ended.max.count()},
                                {"behind_ns", s.behind.count()}});
  }
  return rows;
}

}  // namespace

double seconds(nanoseconds t) {
  return static_cast<double>(t.count()) / 1e9;
}

double per_second(std::uint64_t n, nanoseconds t) {
  return t.count() <= 0 ? 0 : static_cast<double>(n) / seconds(t);
}

json::object latency_object(const histogram& h) {
  return {{"count", h.count()},           {"mean_ns", h.mean().count()},
          {"p50_ns", h.at(0.5).count()},  {"p90_ns", h.at(0.9).count()},
          {"p99_ns", h.at(0.99).count()}, {"p999_ns", h.at(0.999).count()},
          {"max_ns", h.max().count()}};
}

json::object flags_report(const plan& p, const run_result& r) {
  const recorder total = r.total();
  json::object statuses;
  for (const auto& [status, n] : total.statuses()) statuses[std::to_string(status)] = n;
  return {{"tool", "tailrace-load"},
          {"format", 1},
          {"plan", plan_object(p)},
          {"elapsed_ns", r.elapsed.count()},
          {"requests", total.total()},
          {"answered", total.answered()},
          {"ok", total.succeeded()},
          {"answered_per_s", per_second(total.answered(), r.elapsed)},
          {"ok_per_s", per_second(total.succeeded(), r.elapsed)},
          {"errors", error_object(total)},
          {"statuses", statuses},
          {"received_body_bytes", total.body_bytes()},
          {"sent_bytes", total.sent_bytes()},
          {"latency", latency_object(total.ok())},
          {"latency_all", latency_object(total.all())},
          {"service", latency_object(total.service())},
          {"lateness", latency_object(r.found.lateness)},
          {"generator_cpu_ns", r.own_cpu.count()},
          {"timeline", timeline_array(r.live)}};
}

std::string json_report(const options& o, const run_result& r) {
  return json::serialize(o.plan_file ? plan_report(o, r) : flags_report(o.plan, r)) + "\n";
}

}  // namespace tailrace::load
