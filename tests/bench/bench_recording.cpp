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

// A request to `path` that was answered with `status`, ready to be recorded over and over.
struct recorded {
  recorded(std::string_view path, http::method method, unsigned status) {
    e.route = api::find_route(path, false);
    e.head.method = method;
    e.answer.status = status;
  }

  // What every request is counted with.
  void arrive() {
    handler.busy(1);
    handler.busy(-1);
  }

  test::lone_pipeline rig{steady, silent()};
  test::lone_pipeline::arrived request;
  io::exchange& e = request.exchange;
  io::handler& handler = rig.pipeline;
};

// As for GET /livez: busy and not any more, the time that it took, and finished().
void probe(benchmark::State& state) {
  recorded r("/livez", http::method::get, 200);
  for (auto _ : state) {
    r.arrive();
    r.e.received_bytes = 50;
    r.e.sent_bytes = 150;
    look_at_clock(1);
    r.handler.finished(r.e, 20us, true);
  }
}

// As for POST /v1/hash of a small body: in flight and not any more, the time of the digest and of
// sending, and the rest of it.
void small_hash(benchmark::State& state) {
  recorded r("/v1/hash", http::method::post, 200);
  for (auto _ : state) {
    r.arrive();
    r.rig.cells.in_flight(1);
    r.rig.cells.in_flight(-1);
    r.e.stages.clear();
    look_at_clock(4);  // before and behind the digest, when it is answered, when it is sent
    r.e.stages.add(stage::hash, 1us);
    r.e.answered_after = 5us;
    r.e.received_bytes = 1200;
    r.e.sent_bytes = 350;
    r.handler.finished(r.e, 20us, true);
  }
}

// What a refusal counts besides that.
void refusal(benchmark::State& state) {
  recorded r("/v1/hash", http::method::get, 503);
  for (auto _ : state) {
    r.arrive();
    r.rig.cells.failed(errc::overloaded);
    r.rig.cells.rejected(metrics::rejection::overload);
    look_at_clock(2);
    r.e.stages.clear();
    r.e.answered_after = 5us;
    r.handler.finished(r.e, 10us, true);
  }
}

}  // namespace

BENCHMARK(probe);
BENCHMARK(small_hash)->Name("hash");
BENCHMARK(refusal);

BENCHMARK_MAIN();
