// Where the workers of one executor sleep, and the count of what is pending: the atomic shell
// around tally.hpp. Accepting a job, starting one and going to sleep are each one
// compare-and-swap of the same word, so they have one order that all threads agree on.
// Any thread may call anything unless it says otherwise; nothing blocks but sleeper::sleep().
#pragma once
#include "core/error.hpp"
#include "exec/tally.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace tailrace::exec {

// One worker's bed: a futex, because std::atomic::wait of libstdc++ 12 yields several times before
// it sleeps, and on a full machine each yield costs a time slice. wake() before sleep() is
// remembered, once.
class sleeper {
 public:
  void sleep() noexcept;
  void wake() noexcept;

 private:
  std::atomic<std::uint32_t> woken_{0};
};

class parking {
 public:
  parking(std::size_t workers, std::size_t capacity);

  // Counts one more pending job, or says why not: overloaded, draining. On success the caller
  // makes the job visible in a queue and then calls wake(sleepers).
  std::optional<errc> accept(unsigned& sleepers) noexcept;

  // These three are for workers.
  void begin_job(bool was_searching) noexcept;
  bool begin_search() noexcept;
  // After rest::park the caller must sleep on `me`, and is searching when it wakes up.
  tally::rest begin_rest(bool was_searching, sleeper& me) noexcept;

  void close() noexcept;
  void wake(unsigned sleepers) noexcept;

  tally now() const noexcept { return tally::unpack(word_.load(std::memory_order_relaxed)); }

 private:
  template <class Change>
  auto change(Change c) noexcept;

  const std::size_t workers_;
  const std::size_t capacity_;
  alignas(64) std::atomic<std::uint64_t> word_{0};
  // Who sleeps, the last one on top: it is woken first, while its cache is warm. A worker enters
  // under the lock in which it counts itself as parked, so that whoever then claims a sleeper
  // finds one.
  alignas(64) std::mutex mutex_;
  std::vector<sleeper*> sleepers_;
};

}  // namespace tailrace::exec
