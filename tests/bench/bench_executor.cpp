// The executor beside boost::asio::thread_pool and oneTBB, in one process and in the same shapes.
// loadtest/bench/scenarios/executor.py makes a table of it: names are shape/pool/argument.
//
// The thread outside sleeps while it waits, so that the CPU time is that of the work and of
// handing it over.
#include "exec/offload.hpp"
#include "exec/parking.hpp"

#include <benchmark/benchmark.h>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/pools.hpp"

namespace {

namespace asio = boost::asio;
namespace io = tailrace::io;
using namespace tailrace::bench;
using tailrace::exec::executor;
using tailrace::exec::job_options;

const tailrace::steady_clock real_time;

// Tasks that only count, and the thread that waits for the last.
class countdown {
 public:
  countdown() : tasks_(tasks_max) {
    for (task& t : tasks_) {
      t.context = this;
      t.call = [](task& self) { static_cast<countdown*>(self.context)->end_one(); };
    }
  }
  std::vector<task>& tasks() {
    left_.store(static_cast<std::int64_t>(tasks_.size()), std::memory_order_relaxed);
    return tasks_;
  }
  void wait() { all_ended_.sleep(); }

 private:
  void end_one() {
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) all_ended_.wake();
  }

  std::vector<task> tasks_;
  std::atomic<std::int64_t> left_{0};
  tailrace::exec::sleeper all_ended_;
};

// A thousand tiny tasks from one thread outside. Argument: workers.
template <class Pool>
void outside(benchmark::State& state) {
  Pool pool(static_cast<std::size_t>(state.range(0)));
  countdown all;
  for (auto _ : state) {
    for (task& t : all.tasks()) pool.post(t);
    all.wait();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(tasks_max));
}

// One task that starts a thousand; the time until all have ended. Argument: workers.
template <class Pool>
void fork_join(benchmark::State& state) {
  Pool pool(static_cast<std::size_t>(state.range(0)));
  countdown all;
  auto fork = [&] { pool.fork(all.tasks()); };
  task root;
  root.context = &fork;
  root.call = [](task& self) { (*static_cast<decltype(fork)*>(self.context))(); };
  for (auto _ : state) {
    pool.post(root);
    all.wait();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(tasks_max));
}

// From post() to the start of the task, when the only worker has slept for a millisecond.
template <class Pool>
void wake(benchmark::State& state) {
  Pool pool(1);
  struct {
    tailrace::time_point started;
    tailrace::exec::sleeper ended;
  } probe;
  task t;
  t.context = &probe;
  t.call = [](task& self) {
    auto& seen = *static_cast<decltype(probe)*>(self.context);
    seen.started = real_time.now();
    seen.ended.wake();
  };
  std::vector<double> seconds;
  for (auto _ : state) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto posted = real_time.now();
    pool.post(t);
    probe.ended.sleep();
    seconds.push_back(std::chrono::duration<double>(probe.started - posted).count());
    state.SetIterationTime(seconds.back());
  }
  std::sort(seconds.begin(), seconds.end());
  state.counters["p50_s"] = seconds[seconds.size() / 2];
  state.counters["p99_s"] = seconds[seconds.size() * 99 / 100];
}

struct over_ours {
  over_ours() : pool(real_time, {"bench", 1, 1000}) {}

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

  asio::thread_pool pool{1};
};

template <class Pool>
io::awaitable<void> hop_until(Pool& pool, std::int64_t& left) {
  while (left > 0) {
    --left;
    auto hop = pool.hop();
    co_await std::move(hop);
  }
}

// A coroutine's way to a worker and back. Argument: coroutines at a time. With one, both threads
// fall asleep in every hop; with more they stay awake.
template <class Pool>
void hop(benchmark::State& state) {
  Pool pool;
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

void add(const std::string& name, void (*shape)(benchmark::State&), std::int64_t argument) {
  auto* added = benchmark::RegisterBenchmark(name.c_str(), shape)->Arg(argument);
  // CPU time of the whole process, because the work is on other threads.
  added->MeasureProcessCPUTime();
  if (shape == wake<our_pool> || shape == wake<asio_pool> || shape == wake<tbb_pool>)
    added->UseManualTime()->Iterations(300);
  else
    added->UseRealTime();
}

}  // namespace

// What is compared stands side by side, so that it is measured close together.
int main(int argc, char** argv) {
  for (const std::int64_t workers : {1, 2}) {
    add("outside/tailrace", outside<our_pool>, workers);
    add("outside/asio", outside<asio_pool>, workers);
    add("outside/tbb", outside<tbb_pool>, workers);
  }
  for (const std::int64_t workers : {1, 2}) {
    add("fork_join/tailrace", fork_join<our_pool>, workers);
    add("fork_join/asio", fork_join<asio_pool>, workers);
    add("fork_join/tbb", fork_join<tbb_pool>, workers);
  }
  add("wake/tailrace", wake<our_pool>, 1);
  add("wake/asio", wake<asio_pool>, 1);
  add("wake/tbb", wake<tbb_pool>, 1);
  for (const std::int64_t coroutines : {1, 16}) {
    add("hop/tailrace", hop<over_ours>, coroutines);
    add("hop/asio", hop<over_asio>, coroutines);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
