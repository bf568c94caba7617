// Plans and outcomes for the tests of the generator's pure parts.
#pragma once
#include "loadtest/generator/ledger.hpp"
#include "loadtest/generator/plan.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace tailrace::test {

inline const load::ticket::time_point run_start =
    load::ticket::time_point{} + std::chrono::hours(1);

inline load::phase phase_of(double rate, std::chrono::nanoseconds length, bool recorded = true) {
  return {"", length, rate, recorded};
}

inline load::request_kind kind_of(std::string name, double weight = 1) {
  load::request_kind kind;
  kind.name = std::move(name);
  kind.weight = weight;
  return kind;
}

// One kind of request, evenly spaced.
inline load::plan plan_of(std::vector<load::phase> phases) {
  load::plan p;
  p.phases = std::move(phases);
  p.kinds = {kind_of("only")};
  return p;
}

inline load::outcome ended(load::ticket t, load::ending how, unsigned status,
                           std::chrono::nanoseconds latency) {
  load::outcome o;
  o.ticket = t;
  o.how = how;
  o.status = status;
  o.begun = t.scheduled;
  o.finished = t.scheduled + latency;
  o.body_bytes = 10;
  return o;
}

}  // namespace tailrace::test
