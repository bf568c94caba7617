#include "exec/task_group.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <cassert>

namespace tailrace::exec {

namespace asio = boost::asio;

task_group::task_group(io::thread& on, const group_options& options)
    : entry(on.wheel), thread_(on), options_(options), changed_(on) {
  assert(options_.concurrent_max > 0);
  if (options_.parent != nullptr && options_.parent->called_off())
    called_off_.call_off(options_.parent->why());
  waiter::join(options_.parent);
  if (!options_.until.never()) arm(options_.until);
}

task_group::~task_group() {
  assert(running_ == 0);
}

io::awaitable<result<void>> task_group::spawn(io::awaitable<result<void>> child) {
  auto waiting = place();
  auto placed = co_await std::move(waiting);
  if (placed.has_value()) start(std::move(child));
  co_return placed;
}

io::awaitable<result<void>> task_group::place() {
  while (running_ >= options_.concurrent_max && !called_off_.called_off()) {
    auto waiting = changed_.wait({}, &called_off_);
    co_await std::move(waiting);
  }
  if (called_off_.called_off()) co_return error(called_off_.why());
  co_return result<void>();
}

void task_group::start(io::awaitable<result<void>> child) {
  assert(running_ < options_.concurrent_max);
  auto running = run(std::move(child));
  ++running_;
  try {
    asio::co_spawn(thread_.context.get_executor(), std::move(running), asio::detached);
  } catch (...) {
    --running_;
    throw;
  }
}

io::awaitable<void> task_group::run(io::awaitable<result<void>> child) {
  result<void> how;
  bool matters = options_.mode == on_error::fail_fast;
  try {
    how = co_await std::move(child);
  } catch (const std::exception& e) {
    how = error(errc::internal, e.what());
    matters = true;
  }
  ended(std::move(how), matters);
}

void task_group::ended(result<void> how, bool matters) noexcept {
  if (how.has_error() && matters && !called_off_.called_off()) {
    first_error_ = std::move(how).error();
    called_off_.call_off(errc::cancelled);
  }
  --running_;
  changed_.ring();
}

io::awaitable<void> task_group::join() {
  while (running_ > 0) {
    auto waiting = changed_.wait();
    co_await std::move(waiting);
  }
}

void task_group::wake() noexcept {
  called_off_.call_off(options_.parent->why());
}

void task_group::late() noexcept {
  called_off_.call_off(errc::deadline_exceeded);
}

}  // namespace tailrace::exec
