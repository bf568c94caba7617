#include "loadtest/generator/report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cstdarg>
#include <cstdio>

namespace tailrace::load {
namespace {

namespace json = boost::json;
using std::chrono::nanoseconds;

double ms(nanoseconds t) {
  return static_cast<double>(t.count()) / 1e6;
}
double seconds(nanoseconds t) {
  return static_cast<double>(t.count()) / 1e9;
}
double per_second(std::uint64_t n, nanoseconds t) {
  return t.count() == 0 ? 0 : static_cast<double>(n) / seconds(t);
}
unsigned long long big(std::uint64_t n) {
  return n;
}

[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, pattern);
  std::vsnprintf(line, sizeof line, pattern, arguments);
  va_end(arguments);
  return line;
}

std::string latency_row(const char* name, const histogram& h, const char* note) {
  return format("%-9s mean %.3f  p50 %.3f  p90 %.3f  p99 %.3f  p99.9 %.3f  max %.3f ms  %s\n", name,
                ms(h.mean()), ms(h.at(0.5)), ms(h.at(0.9)), ms(h.at(0.99)), ms(h.at(0.999)),
                ms(h.max()), note);
}

std::string how(const options& o) {
  if (o.closed) return "closed loop";
  return format("open loop, %g/s %s", o.rate,
                o.arrivals == arrivals::poisson ? "poisson" : "constant");
}

std::string error_rows(const recorder& total) {
  std::string row = "errors   ";
  if (total.errors() == 0) return "";
  if (total.bad_status() > 0) row += format(" status %llu", big(total.bad_status()));
  for (std::size_t i = 1; i < ending_count; ++i) {
    const auto kind = static_cast<ending>(i);
    if (total.count(kind) == 0) continue;
    row.append(" ").append(name_of(kind)).append(format(" %llu", big(total.count(kind))));
  }
  return row + "\n";
}

std::string status_row(const recorder& total) {
  std::string row = "statuses ";
  for (const auto& [status, n] : total.statuses()) row += format(" %u: %llu", status, big(n));
  return row + "\n";
}

json::object latency_object(const histogram& h) {
  return {{"count", h.count()},           {"mean_ns", h.mean().count()},
          {"p50_ns", h.at(0.5).count()},  {"p90_ns", h.at(0.9).count()},
          {"p99_ns", h.at(0.99).count()}, {"p999_ns", h.at(0.999).count()},
          {"max_ns", h.max().count()}};
}

json::object error_object(const recorder& total) {
  json::object errors{{"total", total.errors()}, {"status", total.bad_status()}};
  for (std::size_t i = 1; i < ending_count; ++i) {
    const auto kind = static_cast<ending>(i);
    errors[name_of(kind)] = total.count(kind);
  }
  return errors;
}

json::object plan_object(const options& o) {
  return {{"url", o.urls.front()},
          {"urls", o.urls.size()},
          {"method", o.method},
          {"request_body_bytes", o.body.size()},
          {"loop", o.closed ? "closed" : "open"},
          {"rate", o.rate},
          {"arrivals", o.arrivals == arrivals::poisson ? "poisson" : "constant"},
          {"seed", o.seed},
          {"connections", o.connections},
          {"threads", o.threads},
          {"keepalive", o.keepalive},
          {"duration_ns", o.duration.count()},
          {"timeout_ns", nanoseconds(o.timeout).count()}};
}

json::array timeline_array(const std::vector<second_summary>& timeline) {
  json::array rows;
  for (const auto& s : timeline) {
    rows.push_back(json::object{{"second", s.second},
                                {"ok", s.succeeded},
                                {"errors", s.errors},
                                {"p50_ns", s.p50.count()},
                                {"p99_ns", s.p99.count()},
                                {"max_ns", s.max.count()},
                                {"behind_ns", s.behind.count()}});
  }
  return rows;
}

}  // namespace

std::string progress_line(const second_summary& s) {
  std::string line =
      format("%4u s  ok %llu  errors %llu  p50 %.3f  p99 %.3f  max %.3f ms", s.second + 1,
             big(s.succeeded), big(s.errors), ms(s.p50), ms(s.p99), ms(s.max));
  if (s.behind.count() > 0) line += format("  behind %.3f s", seconds(s.behind));
  return line + "\n";
}

std::string text_report(const options& o, const run_result& r) {
  const recorder& total = r.total;
  std::string text = format("%s %s%s\n", o.method.c_str(), o.urls.front().c_str(),
                            o.urls.size() > 1 ? " and others" : "");
  text += format("%s, %u connections, %u threads, keep-alive %s\n", how(o).c_str(), o.connections,
                 o.threads, o.keepalive ? "on" : "off");
  text += format("requests  %llu in %.2f s: %.1f/s answered, %llu ok, %llu errors (%.4f %%)\n",
                 big(total.total()), seconds(r.elapsed), per_second(total.answered(), r.elapsed),
                 big(total.succeeded()), big(total.errors()),
                 total.total() == 0 ? 0.0
                                    : 100.0 * static_cast<double>(total.errors()) /
                                          static_cast<double>(total.total()));
  text += error_rows(total) + status_row(total);
  text += latency_row("latency", total.ok(), "of successes, from the schedule");
  if (total.errors() > 0) text += latency_row("all", total.all(), "failures until given up");
  text += latency_row("service", total.service(), "of successes, from sending");
  text += latency_row("lateness", total.lateness(), "the generator's own");
  text += format("bytes     %llu of bodies received, %llu sent; generator CPU %.2f s\n",
                 big(total.body_bytes()), big(total.sent_bytes()), seconds(r.own_cpu));
  if (!o.closed && total.lateness().at(0.99) > std::chrono::milliseconds(1)) {
    text += "WARNING   the generator sent over 1 ms late at p99: it lacks CPU, trust nothing\n";
  }
  return text;
}

std::string json_report(const options& o, const run_result& r) {
  const recorder& total = r.total;
  json::object statuses;
  for (const auto& [status, n] : total.statuses()) statuses[std::to_string(status)] = n;
  const json::object result{{"tool", "tailrace-load"},
                            {"format", 1},
                            {"plan", plan_object(o)},
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
                            {"lateness", latency_object(total.lateness())},
                            {"generator_cpu_ns", r.own_cpu.count()},
                            {"timeline", timeline_array(r.timeline)}};
  return json::serialize(result) + "\n";
}

}  // namespace tailrace::load
