#include "exec/parking.hpp"

#include <cassert>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tailrace::exec {
namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

void futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) noexcept {
  ::syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

}  // namespace

void sleeper::sleep() noexcept {
  while (woken_.exchange(0, std::memory_order_acquire) == 0) futex(woken_, FUTEX_WAIT_PRIVATE, 0);
}

void sleeper::wake() noexcept {
  woken_.store(1, std::memory_order_release);
  futex(woken_, FUTEX_WAKE_PRIVATE, 1);
}

parking::parking(std::size_t workers, std::size_t capacity)
    : workers_(workers), capacity_(capacity) {
  assert(workers > 0 && workers <= tally::workers_max && capacity <= tally::pending_max);
  sleepers_.reserve(workers);  // so that going to sleep cannot fail
}

// Applies `c` to the tally in one atomic step and returns what it returned.
template <class Change>
auto parking::change(Change c) noexcept {
  std::uint64_t seen = word_.load(std::memory_order_relaxed);
  for (;;) {
    tally t = tally::unpack(seen);
    const auto answer = c(t);
    if (t.pack() == seen) return answer;  // a refusal must not cost the others their cache line
    if (word_.compare_exchange_weak(seen, t.pack(), std::memory_order_acq_rel,
                                    std::memory_order_relaxed))
      return answer;
  }
}

std::optional<errc> parking::accept(unsigned& sleepers) noexcept {
  return change([&](tally& t) -> std::optional<errc> {
    if (t.closed) return errc::draining;
    if (t.pending >= capacity_) return errc::overloaded;
    sleepers = t.accept();
    return std::nullopt;
  });
}

void parking::begin_job(bool was_searching) noexcept {
  wake(change([&](tally& t) { return t.begin_job(was_searching); }));
}

bool parking::begin_search() noexcept {
  return change([&](tally& t) { return t.begin_search(workers_); });
}

tally::rest parking::begin_rest(bool was_searching, sleeper& me) noexcept {
  const std::lock_guard lock(mutex_);
  const auto rest = change([&](tally& t) { return t.begin_rest(was_searching); });
  if (rest == tally::rest::park) sleepers_.push_back(&me);
  return rest;
}

void parking::close() noexcept {
  wake(change([](tally& t) { return t.close(); }));
}

void parking::wake(unsigned sleepers) noexcept {
  for (; sleepers > 0; --sleepers) {
    sleeper* woken = nullptr;
    {
      const std::lock_guard lock(mutex_);
      woken = sleepers_.back();
      sleepers_.pop_back();
    }
    woken->wake();
  }
}

}  // namespace tailrace::exec
