// What it costs to record a request in the metrics: everything that the pipeline and the session do
// for them and would not do otherwise, looks at the clock included. And what a scrape costs.
#include "core/clock.hpp"
#include "metrics/registry.hpp"

#include <benchmark/benchmark.h>

#include "tests/support/lone_pipeline.hpp"

namespace {

using namespace tailrace;
using namespace std::chrono_literals;

const steady_clock steady;

log_options silent() {
  log_options options;
  options.level = log_level::off;
  return options;
}

void look_at_clock(int times) {
  for (int i = 0; i < times; ++i) benchmark::DoNotOptimize(steady.now());
}

// As for GET /livez: busy and not any more, the time that it took, and finished().
void probe(benchmark::State& state) {
  test::lone_pipeline rig(steady, silent());
  test::lone_pipeline::arrived request;
  io::exchange& e = request.exchange;
  e.route = api::find_route("/livez", false);
  e.head.method = http::method::get;
  e.answer.status = 200;
  io::handler& handler = rig.pipeline;
  for (auto _ : state) {
    handler.busy(1);
    handler.busy(-1);
    e.received_bytes = 50;
    e.sent_bytes = 150;
    look_at_clock(1);
    handler.finished(e, 20us, true);
  }
}

// As for POST /v1/hash of a small body: in flight and not any more, the time of the digest and of
// sending, and the rest of it.
void small_hash(benchmark::State& state) {
  test::lone_pipeline rig(steady, silent());
  test::lone_pipeline::arrived request;
  io::exchange& e = request.exchange;
  e.route = api::find_route("/v1/hash", false);
  e.head.method = http::method::post;
  e.answer.status = 200;
  io::handler& handler = rig.pipeline;
  for (auto _ : state) {
    handler.busy(1);
    handler.busy(-1);
    rig.cells.in_flight(1);
    rig.cells.in_flight(-1);
    e.stages.clear();
    look_at_clock(4);  // before and behind the digest, when it is answered, when it is sent
    e.stages.add(stage::hash, 1us);
    e.answered_after = 5us;
    e.received_bytes = 1200;
    e.sent_bytes = 350;
    handler.finished(e, 20us, true);
  }
}

// What a refusal counts besides that.
void refusal(benchmark::State& state) {
  test::lone_pipeline rig(steady, silent());
  test::lone_pipeline::arrived request;
  io::exchange& e = request.exchange;
  e.route = api::find_route("/v1/hash", false);
  e.head.method = http::method::get;
  e.answer.status = 503;
  io::handler& handler = rig.pipeline;
  for (auto _ : state) {
    handler.busy(1);
    handler.busy(-1);
    rig.cells.failed(errc::overloaded);
    rig.cells.rejected(metrics::rejection::overload);
    look_at_clock(2);
    e.stages.clear();
    e.answered_after = 5us;
    handler.finished(e, 10us, true);
  }
}

}  // namespace

BENCHMARK(probe);
BENCHMARK(small_hash)->Name("hash");
BENCHMARK(refusal);

BENCHMARK_MAIN();
