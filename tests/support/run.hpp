// Runs one coroutine on an I/O context of its own until that has run out of work.
#pragma once
#include "io/run_blocking.hpp"
#include "io/types.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace tailrace::test {

// Returns what `task` returned and throws what it threw. `context` ends with nothing left to do.
template <class T>
T run(io::context& context, io::awaitable<T> task) {
  std::optional<T> value;
  std::exception_ptr thrown;
  boost::asio::co_spawn(context.get_executor(), std::move(task), [&](std::exception_ptr e, T v) {
    thrown = e;
    value.emplace(std::move(v));
  });
  context.run();
  context.restart();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(value).value();
}

template <class T>
T run(io::awaitable<T> task) {
  return io::run_blocking(std::move(task));
}

}  // namespace tailrace::test
