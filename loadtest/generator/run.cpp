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

run_result run_load(const plan& p, const target& requests, const std::atomic<bool>& interrupted,
                    const std::function<void(const second_summary&)>& on_second) {
  const auto server = resolve(requests);
  const auto cpu_before = cpu_used();
  collector results(p);
  steady_clock::time_point start;
  std::barrier line(static_cast<std::ptrdiff_t>(p.threads),
                    [&start]() noexcept { start = steady_clock::now(); });
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < p.threads; ++i) {
    threads.emplace_back([&, i] {
      worker(p, requests, server, i, results, interrupted).run([&] {
        line.arrive_and_wait();
        return start;
      });
    });
  }

  std::vector<second_summary> live;
  while (const auto second = results.next()) {
    live.push_back(*second);
    on_second(*second);
  }
  threads.clear();
  const auto last = results.total().last_finished - start;
  const auto planned = interrupted ? std::chrono::nanoseconds(0) : p.length();
  return {results.total(), p.kinds.size(), std::move(live),
          std::max<std::chrono::nanoseconds>(planned, last), cpu_used() - cpu_before};
}

recorder run_result::total() const {
  recorder sum;
  for (const recorder& cell : found.cells) sum.merge(cell);
  return sum;
}

std::vector<recorder> run_result::by_kind(std::size_t phase) const {
  const auto first = found.cells.begin() + static_cast<std::ptrdiff_t>(phase * kinds);
  return {first, first + static_cast<std::ptrdiff_t>(kinds)};
}

}  // namespace tailrace::load
