#include "loadtest/generator/run.hpp"

#include "loadtest/generator/worker.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <barrier>
#include <sys/resource.h>
#include <thread>

namespace tailrace::load {
namespace {

using std::chrono::steady_clock;

connection::endpoint resolve(const target& requests) {
  boost::asio::io_context context;
  boost::asio::ip::tcp::resolver resolver(context);
  return resolver.resolve(requests.host, requests.port).begin()->endpoint();
}

std::chrono::nanoseconds cpu_used() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto length = [](const timeval& t) {
    return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
  };
  return length(usage.ru_utime) + length(usage.ru_stime);
}

}  // namespace

run_result run_load(const options& o, const target& requests, const std::atomic<bool>& interrupted,
                    const std::function<void(const second_summary&)>& on_second) {
  const auto server = resolve(requests);
  const auto cpu_before = cpu_used();
  collector results(o.successes, o.threads);
  steady_clock::time_point start;
  std::barrier line(static_cast<std::ptrdiff_t>(o.threads),
                    [&start]() noexcept { start = steady_clock::now(); });
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < o.threads; ++i) {
    threads.emplace_back([&, i] {
      worker(o, requests, server, i, results, interrupted).run([&] {
        line.arrive_and_wait();
        return start;
      });
    });
  }

  std::vector<second_summary> timeline;
  while (const auto second = results.next()) {
    timeline.push_back(*second);
    on_second(*second);
  }
  threads.clear();
  const auto last = results.total().last_finished() - start;
  const auto planned = interrupted ? std::chrono::nanoseconds(0) : o.duration;
  return {results.total(), std::move(timeline), std::max<std::chrono::nanoseconds>(planned, last),
          cpu_used() - cpu_before};
}

}  // namespace tailrace::load
