// SHA-256 of many messages through the lanes, beside a loop over them with OpenSSL: bytes per
// second of one core. The `loop` runs are the reference; what counts are ratios within a run.
#include "compute/hash/sha256_lanes.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

namespace {

using namespace tailrace::hash;

const sha256_plan measured = measure_sha256_plan();

struct messages {
  messages(std::size_t count, std::size_t bytes) : states(count), pieces(count) {
    std::mt19937_64 source(1);
    for (std::size_t i = 0; i < count; ++i) {
      auto& one = contents.emplace_back(bytes);
      for (auto& b : one) b = static_cast<std::byte>(source());
      pieces[i] = {&states[i], one, true, {}};
    }
  }

  std::vector<std::vector<std::byte>> contents;
  std::vector<sha256> states;
  std::vector<sha256_piece> pieces;
};

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0) * state.range(1));
}

// range(0) messages of range(1) bytes.
void loop(benchmark::State& state) {
  messages all(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  for (auto _ : state) {
    for (auto& piece : all.pieces) {
      piece.message->reset();
      piece.message->update(piece.bytes);
      piece.digest = piece.message->finish();
    }
    benchmark::DoNotOptimize(all.pieces.data());
  }
  count_bytes(state);
}

void lanes_by(benchmark::State& state, const sha256_plan& plan) {
  messages all(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  sha256_lanes lanes(plan);
  for (auto _ : state) {
    for (auto& piece : all.pieces) piece.message->reset();
    lanes.run(all.pieces);
    benchmark::DoNotOptimize(all.pieces.data());
  }
  count_bytes(state);
}

void lanes(benchmark::State& state) {
  lanes_by(state, measured);
}

// Every kernel, however many messages there are: where its line crosses the loop's is its
// crossover.
void kernel(benchmark::State& state, const sha256_kernel& only) {
  lanes_by(state, sha256_plan(only, 1));
}

void shapes(benchmark::internal::Benchmark* b) {
  b->Args({64, 10'000})->Args({64, 1000})->Args({16, 65'536})->Args({16, 1'000'000});
}

void counts(benchmark::internal::Benchmark* b) {
  for (int messages = 1; messages <= 16; ++messages) b->Args({messages, 16'384});
}

}  // namespace

BENCHMARK(loop)->Apply(shapes);
BENCHMARK(lanes)->Apply(shapes);
BENCHMARK(lanes)->Apply(counts);

int main(int argc, char** argv) {
  std::printf("measured here: %s\n", measured.text().c_str());
  for (const auto& one : usable_sha256_kernels())
    benchmark::RegisterBenchmark(std::string(one.name).c_str(), kernel, one)->Apply(counts);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
