// Who works and what waits, as one value: how many accepted jobs have not started, how many
// workers look for one, how many sleep. Every change is a pure function here and one
// compare-and-swap of the packed word in parking.hpp, so nothing can slip in between "nothing to
// do" and "asleep".
//
// The invariant that makes a lost wake-up impossible: while a job waits and a worker sleeps,
// somebody searches (a worker that was told to wake counts as searching from that moment on).
// Every transition keeps it.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tailrace::exec {

struct tally {
  std::uint32_t pending = 0;    // accepted, not yet started
  std::uint16_t searching = 0;  // workers that look into other workers' queues
  std::uint16_t parked = 0;     // workers that sleep
  bool closed = false;

  static constexpr std::size_t pending_max = 0xffff'ffff;
  static constexpr std::size_t workers_max = 0x7fff;

  enum class rest { stay, park, leave };

  // The changes return how many sleepers the caller must wake.

  // A submit. Wakes one, and none while somebody searches: the searcher that finds this job wakes
  // the next one if more is left, so a burst wakes the workers one after the other.
  constexpr unsigned accept() noexcept {
    ++pending;
    return claim();
  }

  // A worker takes a job from a queue to start it.
  constexpr unsigned begin_job(bool was_searching) noexcept {
    --pending;
    searching -= was_searching;
    return claim();
  }

  // No job is accepted any more; the sleepers leave once none is pending.
  constexpr unsigned close() noexcept {
    closed = true;
    return claim();
  }

  // At most half of the workers search at a time: more would only fight over the same queues.
  constexpr bool begin_search(std::size_t workers) noexcept {
    if (2U * searching >= workers) return false;
    ++searching;
    return true;
  }

  // What a worker does that found nothing: leave for good, sleep, or look again because a job
  // waits and nobody else is looking for it.
  constexpr rest begin_rest(bool was_searching) noexcept {
    const bool done = closed && pending == 0;
    if (pending > 0 && searching == was_searching) return rest::stay;
    searching -= was_searching;
    if (done) return rest::leave;
    ++parked;
    return rest::park;
  }

  constexpr std::uint64_t pack() const noexcept {
    return std::uint64_t{pending} | std::uint64_t{searching} << 32 | std::uint64_t{parked} << 48 |
           std::uint64_t{closed} << 63;
  }
  static constexpr tally unpack(std::uint64_t word) noexcept {
    tally t;
    t.pending = static_cast<std::uint32_t>(word);
    t.searching = static_cast<std::uint16_t>(word >> 32);
    t.parked = static_cast<std::uint16_t>((word >> 48) & workers_max);
    t.closed = (word >> 63) != 0;
    return t;
  }

  friend constexpr bool operator==(const tally&, const tally&) noexcept = default;

 private:
  constexpr unsigned claim() noexcept {
    std::uint16_t woken = 0;
    if (closed && pending == 0)
      woken = parked;
    else if (pending > 0 && searching == 0 && parked > 0)
      woken = 1;
    parked -= woken;
    searching += woken;
    return woken;
  }
};

}  // namespace tailrace::exec
