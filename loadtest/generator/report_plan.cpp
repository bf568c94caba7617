// Format 2: what a plan file came to, by phase, by kind of request and by second of the schedule.
#include "loadtest/generator/report.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace tailrace::load {
namespace {

namespace json = boost::json;

constexpr std::array<double, 9> percentiles{50, 75, 90, 95, 99, 99.5, 99.9, 99.99, 100};

json::object with_percentiles(const histogram& h) {
  json::object latency = latency_object(h);
  json::array list;
  for (const double p : percentiles) list.push_back({p, h.at(p / 100).count()});
  latency["percentiles"] = std::move(list);
  return latency;
}

json::object group_object(const recorder& r) {
  json::object errors{{"total", r.errors()}};
  for (std::size_t i = first_error; i < ending_count; ++i) {
    errors[name_of(static_cast<ending>(i))] = r.count(static_cast<ending>(i));
  }
  json::object statuses;
  for (const auto& [status, n] : r.statuses()) statuses[std::to_string(status)] = n;
  return {{"offered", r.offered()},
          {"ok", r.succeeded()},
          {"refused", r.refused()},
          {"errors", std::move(errors)},
          {"statuses", std::move(statuses)},
          {"received_body_bytes", r.body_bytes()},
          {"sent_bytes", r.sent_bytes()},
          {"latency", with_percentiles(r.ok())},
          {"service", with_percentiles(r.service())},
          {"latency_refused", with_percentiles(r.refusals())},
          {"latency_all", with_percentiles(r.all())}};
}

json::object requests_object(const plan& p, const std::vector<recorder>& by_kind) {
  json::object requests;
  for (std::size_t i = 0; i < p.kinds.size(); ++i) {
    requests[p.kinds[i].name] = group_object(by_kind[i]);
  }
  return requests;
}

recorder sum_of(const std::vector<recorder>& groups) {
  recorder sum;
  for (const recorder& r : groups) sum.merge(r);
  return sum;
}

json::array phases_array(const plan& p, const run_result& r) {
  json::array rows;
  for (std::size_t i = 0; i < p.phases.size(); ++i) {
    const phase& phase = p.phases[i];
    if (!phase.recorded) continue;
    const auto by_kind = r.by_kind(i);
    const recorder all = sum_of(by_kind);
    rows.push_back(json::object{{"name", phase.name},
                                {"start_s", seconds(p.start_of(i))},
                                {"seconds", seconds(phase.length)},
                                {"rate", phase.rate},
                                {"offered", all.offered()},
                                {"totals", group_object(all)},
                                {"requests", requests_object(p, by_kind)}});
  }
  return rows;
}

json::object summary_object(const tally_summary& s) {
  return {{"offered", s.offered},    {"ok", s.ok},
          {"refused", s.refused},    {"errors", s.errors},
          {"p50_ns", s.p50.count()}, {"p99_ns", s.p99.count()},
          {"max_ns", s.max.count()}};
}

json::array timeline_array(const plan& p, const std::vector<timeline_row>& timeline) {
  json::array rows;
  for (const timeline_row& row : timeline) {
    json::object entry{{"second", row.second}};
    for (auto& member : summary_object(row.all)) entry.insert(member);
    json::object requests;
    for (std::size_t i = 0; i < p.kinds.size(); ++i) {
      requests[p.kinds[i].name] = summary_object(row.kinds[i]);
    }
    entry["requests"] = std::move(requests);
    rows.push_back(std::move(entry));
  }
  return rows;
}

}  // namespace

json::object plan_report(const options& o, const run_result& r) {
  const plan& p = o.plan;
  std::vector<recorder> by_kind(p.kinds.size());
  for (std::size_t i = 0; i < r.found.cells.size(); ++i) {
    by_kind[i % p.kinds.size()].merge(r.found.cells[i]);
  }
  json::array failures;
  for (const failure& f : r.found.failures) failures.emplace_back(f.text);
  return {{"tool", "tailrace-load"},
          {"format", 2},
          {"plan", *o.plan_file},
          {"elapsed_ns", r.elapsed.count()},
          {"generator_cpu_ns", r.own_cpu.count()},
          {"lateness", with_percentiles(r.found.lateness)},
          {"phases", phases_array(p, r)},
          {"totals", group_object(r.total())},
          {"requests", requests_object(p, by_kind)},
          {"timeline", timeline_array(p, r.found.timeline)},
          {"first_failures", std::move(failures)}};
}

}  // namespace tailrace::load
