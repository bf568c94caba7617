#include "cli/ordered_digests.hpp"

namespace tailrace::cli {
namespace {

// Under whichever name: two that read it at once would share out its bytes.
bool is_standard_input(const std::string& name) noexcept {
  return name == "-" || name == "/dev/stdin" || name == "/dev/fd/0" || name == "/proc/self/fd/0";
}

}  // namespace

bool ordered_digests::must_wait(const digest_task& task) const noexcept {
  const bool again = standard_input_used_ && is_standard_input(task.name);
  return outcomes_.size() >= (again ? 1 : ahead_max);
}

io::awaitable<result<void>> ordered_digests::add(exec::task_group& group,
                                                 std::shared_ptr<const stop_event> stop,
                                                 digest_task task) {
  while (must_wait(task)) {
    auto waiting = delivered_.wait({}, &group.called_off());
    const auto heard = co_await std::move(waiting);
    if (heard == io::bell::heard::called_off) co_return error(group.called_off().why());
  }
  if (is_standard_input(task.name)) standard_input_used_ = true;
  const std::size_t number = outcomes_.enter();
  auto child = digest(task, number, std::move(stop), group.called_off());
  auto spawning = group.spawn(std::move(child));
  auto spawned = co_await std::move(spawning);
  if (spawned.has_error()) put(number, std::move(task), error(errc::cancelled));
  co_return spawned;
}

io::awaitable<result<void>> ordered_digests::digest(digest_task task, std::size_t number,
                                                    std::shared_ptr<const stop_event> stop,
                                                    io::cancellation& called_off) {
  auto digesting = digester_.digest(task.name, task.algorithms, std::move(stop), called_off);
  auto got = co_await std::move(digesting);
  if (put(number, std::move(task), std::move(got))) co_return error(errc::cancelled);
  co_return result<void>();
}

// True for a failure.
bool ordered_digests::put(std::size_t number, digest_task task, result<hash::digest_list> got) {
  digest_outcome outcome(std::move(task), std::move(got));
  const bool failed = callbacks_.failed(outcome);
  outcomes_.put(number, std::move(outcome));
  while (const auto next = outcomes_.take()) callbacks_.deliver(*next);
  delivered_.ring();
  return failed;
}

}  // namespace tailrace::cli
