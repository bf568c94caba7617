// The I/O threads: each runs its own io_context and turns its own deadline wheel.
#pragma once
#include "core/clock.hpp"
#include "io/thread.hpp"
#include "net/loop_guard.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tailrace::net {

class io_pool {
 public:
  // `name` names the threads, followed by their number; the kernel keeps 15 characters.
  io_pool(std::string name, std::size_t threads, const clock& time);
  ~io_pool();
  io_pool(const io_pool&) = delete;
  io_pool& operator=(const io_pool&) = delete;

  std::size_t size() const noexcept { return parts_.size(); }
  io::thread& at(std::size_t i) noexcept { return parts_[i]->io; }

  // How far behind its schedule a thread's loop runs, about a hundred times a second; called on
  // that thread. Set before start().
  std::function<void(std::size_t thread, duration late)> on_lag;

  // Has thread `i` watched. Before start().
  void guard(std::size_t i, loop_guard with) { parts_[i]->guard = std::move(with); }

  void start();

  // How many threads still have coroutines; goes to zero once the listeners and sessions have been
  // drained. Call once, then look at the result from any thread.
  std::shared_ptr<const std::atomic<std::size_t>> count_busy();

  // Ends the threads. Only when none is busy.
  void join();

 private:
  struct part {
    part(std::size_t index, const clock& time)
        : io(index, time), ticker(io.context), work(io.context.get_executor()) {}
    io::thread io;
    io::timer ticker;
    boost::asio::executor_work_guard<io::executor> work;
    std::thread runner;
    std::optional<loop_guard> guard;
    bool stopping = false;  // on its thread: the ticker must not start again
  };

  void tick(part& p, time_point due);

  const std::string name_;
  const clock& time_;
  std::vector<std::unique_ptr<part>> parts_;
};

}  // namespace tailrace::net
