// The examples of docs/concurrency.md: what stands between the marks is there too.
#include "core/clock.hpp"
#include "core/settings_loader.hpp"
#include "exec/offload.hpp"
#include "exec/task_group.hpp"
#include "io/run_blocking.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"

namespace tailrace {
namespace {

// [offload]
io::awaitable<result<std::string>> read(exec::executor& workers, const std::string& path) {
  auto job = [&path] { return read_file(path).value(); };  // blocks a worker, and may throw
  auto reading = exec::offload(workers, exec::job_options(), job);
  co_return co_await std::move(reading);
}
// [/offload]

io::awaitable<result<void>> add_size(exec::executor& workers, const std::string& path,
                                     std::size_t& sum) {
  auto reading = read(workers, path);
  const auto text = co_await std::move(reading);
  if (text.has_error()) co_return text.error();
  sum += text->size();
  co_return result<void>();
}

// [task_group]
io::awaitable<result<void>> add_sizes(exec::task_group& group, exec::executor& workers,
                                      const std::vector<std::string>& paths, std::size_t& sum) {
  for (const std::string& path : paths) {
    auto spawning = group.spawn(add_size(workers, path, sum));  // runs beside the others
    const auto begun = co_await std::move(spawning);            // waits for a place
    if (begun.has_error()) co_return begun;                     // the group was called off
  }
  co_return result<void>();
}
// [/task_group]

struct fixture {
  steady_clock time;
  exec::executor workers{time, exec::executor_options("examples", 2, 16)};
  test::temporary_folder files;
  std::string one = files.write("one", "1"), two = files.write("two", "22");
};

}  // namespace

TEST_CASE("examples: offload and run_blocking") {
  fixture f;
  exec::executor& workers = f.workers;
  const std::string& path = f.two;
  // [run_blocking]
  const result<std::string> text = io::run_blocking(read(workers, path));
  // [/run_blocking]
  REQUIRE(text.has_value());
  CHECK(*text == "22");
  CHECK(io::run_blocking(read(f.workers, f.two + "x")).error().code == errc::internal);
}

TEST_CASE("examples: task_group") {
  fixture f;
  exec::executor& workers = f.workers;
  io::thread thread(0, f.time);
  std::vector<std::string> paths{f.one, f.two, f.two};
  std::size_t sum = 0;
  // [with_task_group]
  exec::group_options options;
  options.concurrent_max = 2;
  auto body = [&](exec::task_group& group) { return add_sizes(group, workers, paths, sum); };
  const auto ended = io::run_blocking(thread, exec::with_task_group(thread, options, body));
  // [/with_task_group]
  CHECK(ended.has_value());
  CHECK(sum == 5);

  paths.push_back(f.files.path("missing"));
  CHECK(io::run_blocking(thread, exec::with_task_group(thread, options, body)).has_error());
}

}  // namespace tailrace
