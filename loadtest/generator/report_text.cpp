#include "loadtest/generator/report.hpp"

#include <cstdarg>
#include <cstdio>

namespace tailrace::load {
namespace {

using std::chrono::nanoseconds;

double ms(nanoseconds t) {
  return static_cast<double>(t.count()) / 1e6;
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

std::string how(const plan& p) {
  if (p.closed) return "closed loop";
  const char* const gaps = p.arrivals == arrivals::poisson ? "poisson" : "constant";
  if (p.phases.size() > 1) return format("open loop, %zu phases, %s", p.phases.size(), gaps);
  return format("open loop, %g/s %s", p.phases.front().rate, gaps);
}

std::string what(const plan& p) {
  std::string text;
  for (const request_kind& kind : p.kinds) {
    if (!kind.name.empty()) text += format("%g × %s: ", kind.weight, kind.name.c_str());
    text += kind.method + " " + kind.urls.front() + (kind.urls.size() > 1 ? " and others\n" : "\n");
  }
  return text;
}

std::string error_row(const recorder& total) {
  std::string row = "errors   ";
  if (total.errors() == 0) return "";
  for (std::size_t i = first_error; i < ending_count; ++i) {
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

// Of what was recorded, in the time in which it was.
std::string counts_row(const recorder& total, nanoseconds recorded) {
  const double share = total.total() == 0 ? 0.0
                                          : 100.0 * static_cast<double>(total.errors()) /
                                                static_cast<double>(total.total());
  std::string row =
      format("requests  %llu in %.2f s: %.1f/s answered, %llu ok, ", big(total.total()),
             seconds(recorded), per_second(total.answered(), recorded), big(total.succeeded()));
  if (total.refused() > 0) row += format("%llu refused, ", big(total.refused()));
  return row + format("%llu errors (%.4f %%)\n", big(total.errors()), share);
}

std::string phase_rows(const plan& p, const run_result& r) {
  std::string text;
  for (std::size_t i = 0; i < p.phases.size(); ++i) {
    const phase& phase = p.phases[i];
    if (!phase.recorded || phase.name.empty()) continue;
    const auto kinds = r.by_kind(i);
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      const recorder& g = kinds[k];
      text += format("  %-12s %-12s offered %llu  ok %llu  refused %llu  errors %llu  ",
                     phase.name.c_str(), p.kinds[k].name.c_str(), big(g.offered()),
                     big(g.succeeded()), big(g.refused()), big(g.errors()));
      text += format("p50 %.3f  p99 %.3f  max %.3f ms\n", ms(g.ok().at(0.5)), ms(g.ok().at(0.99)),
                     ms(g.ok().max()));
    }
  }
  return text;
}

std::string failure_rows(const run_result& r) {
  std::string text;
  for (const failure& f : r.found.failures) {
    text += format("failure   at %.3f s: ", seconds(f.at)) + f.text + "\n";
  }
  return text;
}

// Of the phase in which the second begins; what comes after the last one is waiting.
std::string phase_name_at(const plan& p, unsigned second) {
  const std::chrono::seconds at(second);
  if (at >= p.length()) return "(end)";
  std::size_t i = 0;
  while (at >= p.start_of(i + 1)) ++i;
  return p.phases[i].name;
}

}  // namespace

std::string progress_line(const plan& p, const second_summary& s) {
  std::string line = format("%4u s  ", s.second + 1);
  if (!p.phases.front().name.empty()) line += format("%-8s", phase_name_at(p, s.second).c_str());
  const tally_summary& e = s.ended;
  line += format("  offered %llu  ok %llu  refused %llu  errors %llu", big(e.offered), big(e.ok),
                 big(e.refused), big(e.errors));
  line += format("  p50 %.3f  p99 %.3f  max %.3f ms  busy %zu/%u", ms(e.p50), ms(e.p99), ms(e.max),
                 s.busy, p.connections);
  if (s.behind.count() > 0) line += format("  behind %.3f s", seconds(s.behind));
  return line + "\n";
}

std::string text_report(const options& o, const run_result& r) {
  const plan& p = o.plan;
  const recorder total = r.total();
  const histogram& lateness = r.found.lateness;
  std::string text = what(p);
  text += format("%s, %u connections, %u threads, keep-alive %s\n", how(p).c_str(), p.connections,
                 p.threads, p.keepalive ? "on" : "off");
  text += phase_rows(p, r) + counts_row(total, p.recorded_of(r.elapsed)) + error_row(total) +
          failure_rows(r);
  text += status_row(total);
  text += latency_row("latency", total.ok(), "of successes, from the schedule");
  if (total.refused() > 0) text += latency_row("refused", total.refusals(), "until refused");
  if (total.errors() > 0) text += latency_row("all", total.all(), "failures until given up");
  text += latency_row("service", total.service(), "of successes, from sending");
  text += latency_row("lateness", lateness, "the generator's own");
  text += format("bytes     %llu of bodies received, %llu sent; generator CPU %.2f s\n",
                 big(total.body_bytes()), big(total.sent_bytes()), seconds(r.own_cpu));
  if (!p.closed && lateness.at(0.99) > std::chrono::milliseconds(1)) {
    text += "WARNING   the generator sent over 1 ms late at p99: it lacks CPU, trust nothing\n";
  }
  return text;
}

}  // namespace tailrace::load
