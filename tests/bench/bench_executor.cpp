// The executor beside boost::asio::thread_pool, in the same process and the same shapes: tiny
// jobs through the queue, and the hop of a coroutine to a worker and back.
#include "exec/executor.hpp"
#include "exec/offload.hpp"

#include <benchmark/benchmark.h>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace io = tailrace::io;
using tailrace::duration;
using tailrace::errc;
using tailrace::result;
using tailrace::exec::executor;
using tailrace::exec::executor_options;
using tailrace::exec::job_options;

const tailrace::steady_clock real_time;

void wait_for(const std::atomic<std::int64_t>& count, std::int64_t target) {
  while (count.load(std::memory_order_acquire) < target) std::this_thread::yield();
}

// Jobs that only count, from one thread outside, a thousand at a time.
constexpr std::int64_t burst = 1000;

struct counting_job final : tailrace::exec::job {
  void run(duration) noexcept override { ended->fetch_add(1, std::memory_order_release); }
  void drop(errc) noexcept override { std::terminate(); }
  std::atomic<std::int64_t>* ended = nullptr;
};

void tiny_jobs_tailrace(benchmark::State& state) {
  executor pool(real_time, executor_options("bench", static_cast<std::size_t>(state.range(0)),
                                            static_cast<std::size_t>(burst)));
  std::atomic<std::int64_t> ended{0};
  std::vector<counting_job> jobs(burst);
  for (auto& j : jobs) j.ended = &ended;
  std::int64_t target = 0;
  for (auto _ : state) {
    for (auto& j : jobs)
      if (!pool.submit(j)) std::terminate();
    wait_for(ended, target += burst);
  }
  state.SetItemsProcessed(state.iterations() * burst);
}

void tiny_jobs_asio(benchmark::State& state) {
  asio::thread_pool pool(static_cast<std::size_t>(state.range(0)));
  std::atomic<std::int64_t> ended{0};
  std::int64_t target = 0;
  for (auto _ : state) {
    for (std::int64_t i = 0; i < burst; ++i)
      asio::post(pool, [&ended] { ended.fetch_add(1, std::memory_order_release); });
    wait_for(ended, target += burst);
  }
  state.SetItemsProcessed(state.iterations() * burst);
}

struct over_tailrace {
  explicit over_tailrace(std::size_t workers) : pool(real_time, {"bench", workers, 1000}) {}

  io::awaitable<void> hop() {
    job_options options;
    auto nothing = [] {};
    auto answer = tailrace::exec::offload(pool, std::move(options), nothing);
    const auto value = co_await std::move(answer);
    if (!value) std::terminate();
  }

  executor pool;
};

// The same promise with the library's own pool: the job there, the completion posted back, the
// context kept alive meanwhile.
struct over_asio {
  explicit over_asio(std::size_t workers) : pool(workers) {}
  ~over_asio() { pool.join(); }

  io::awaitable<void> hop() {
    auto initiation = [this](auto handler) {
      auto home = asio::get_associated_executor(handler);
      auto work = asio::make_work_guard(home);
      asio::post(pool, [home, work = std::move(work), handler = std::move(handler)]() mutable {
        asio::post(home, [work = std::move(work), handler = std::move(handler)]() mutable {
          std::move(handler)();
        });
      });
    };
    auto token = io::use_awaitable;
    return asio::async_initiate<decltype(token), void()>(initiation, token);
  }

  asio::thread_pool pool;
};

template <class Pool>
io::awaitable<void> hop_until(Pool& pool, std::int64_t& left) {
  while (left > 0) {
    --left;
    auto hop = pool.hop();
    co_await std::move(hop);
  }
}

// range(0) coroutines at a time: with one, both threads fall asleep in every hop; with more they
// stay awake.
template <class Pool>
void hop(benchmark::State& state) {
  Pool pool(1);
  io::context context{1};
  constexpr std::int64_t hops = 1000;
  for (auto _ : state) {
    std::int64_t left = hops;
    for (std::int64_t i = 0; i < state.range(0); ++i)
      asio::co_spawn(context.get_executor(), hop_until(pool, left), asio::detached);
    context.run();
    context.restart();
  }
  state.SetItemsProcessed(state.iterations() * hops);
}

}  // namespace

// CPU time of the whole process, because the work is on other threads.
BENCHMARK(tiny_jobs_tailrace)->Arg(1)->Arg(2)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(tiny_jobs_asio)->Arg(1)->Arg(2)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_TEMPLATE(hop, over_tailrace)->Arg(1)->Arg(16)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_TEMPLATE(hop, over_asio)->Arg(1)->Arg(16)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_MAIN();
