#include "net/io_pool.hpp"

#include <boost/asio/post.hpp>

#include <pthread.h>

namespace tailrace::net {

io_pool::io_pool(std::string name, std::size_t threads, const clock& time)
    : name_(std::move(name)), time_(time) {
  for (std::size_t i = 0; i < threads; ++i) parts_.push_back(std::make_unique<part>(i, time));
}

io_pool::~io_pool() = default;

void io_pool::start() {
  for (auto& p : parts_) {
    tick(*p, std::chrono::steady_clock::now());
    p->runner = std::thread([&part = *p] {
      if (part.guard) {
        run_guarded(part.io, *part.guard);
      } else {
        part.io.context.run();
      }
    });
    const std::string name = name_ + "-" + std::to_string(p->io.index);
    pthread_setname_np(p->runner.native_handle(), name.substr(0, 15).c_str());
  }
}

void io_pool::tick(part& p, time_point due) {
  p.ticker.expires_at(due);
  p.ticker.async_wait([this, &p, due](const boost::system::error_code& ec) {
    if (ec || p.stopping) return;
    p.io.handler = "timers";
    const time_point now = std::chrono::steady_clock::now();
    p.io.wheel.advance(time_.now());
    if (on_lag) on_lag(p.io.index, now - due);
    // From the schedule, not from now; but ticks that a stall swallowed are not made up for.
    tick(p, std::max(due + io::deadline_wheel::tick, now));
  });
}

std::shared_ptr<const std::atomic<std::size_t>> io_pool::count_busy() {
  auto busy = std::make_shared<std::atomic<std::size_t>>(parts_.size());
  for (auto& p : parts_)
    boost::asio::post(p->io.context, [busy, &gate = p->io.coroutines] {
      gate.when_empty([busy] { busy->fetch_sub(1); });
    });
  return busy;
}

void io_pool::join() {
  for (auto& p : parts_) {
    boost::asio::post(p->io.context, [&part = *p] {
      part.stopping = true;
      part.ticker.cancel();
      part.work.reset();
    });
  }
  for (auto& p : parts_) p->runner.join();
}

}  // namespace tailrace::net
