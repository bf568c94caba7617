#include "exec/worker.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <thread>

namespace tailrace::exec {
namespace {

// Every so many turns a job comes from the inbox, or from the old end of the own deque, so that
// jobs which submit more jobs cannot starve those that came before. A prime, so that it does not
// beat with a pattern in the work.
constexpr std::uint32_t fair_turn_every = 61;

// How often a searcher looks everywhere before it goes to sleep. A wake-up costs 20 µs and more,
// a look well below one, but the I/O threads want the core too. Looking on for 5 µs after a short
// sleep was tried: bursts gained nothing, and a hop to a worker and back cost a third more.
constexpr int looks_before_rest = 4;

}  // namespace

worker::worker(crew& everyone, std::size_t index) noexcept
    : crew_(everyone), index_(index), random_(0x9e3779b97f4a7c15ULL * (index + 1)) {}

void worker::loop() noexcept {
  for (;;) {
    job* j = next();
    if (j == nullptr) {
      current_ = false;
      j = search();
    }
    if (j != nullptr)
      start(*j);
    else if (!rest())
      return;
  }
}

job* worker::next() noexcept {
  if (++turn_ % fair_turn_every == 0) {
    const bool even = turn_ / fair_turn_every % 2 == 0;
    if (job* j = even ? jobs_.steal() : take_batch(1)) return j;
  }
  if (job* j = jobs_.pop()) return j;
  return take_batch(crew_.batch);
}

job* worker::take_batch(std::size_t at_most) noexcept {
  std::array<job*, batch_max> batch;
  const auto room = std::span(batch).first(std::min(at_most, batch_max));
  const std::size_t count = crew_.inbox.take(room, crew_.workers.size());
  if (count == 0) return nullptr;
  // The youngest goes in first: the owner then takes them in the order they came, and thieves
  // take those that would wait longest. More than one is taken only when the deque is empty, so
  // there is room.
  for (std::size_t i = count - 1; i > 0; --i) jobs_.push(batch[i]);
  return batch[0];
}

job* worker::search() noexcept {
  if (!searching_) searching_ = crew_.beds.begin_search();
  if (!searching_) return nullptr;
  for (int i = 0; i < looks_before_rest; ++i) {
    if (job* j = take_batch(crew_.batch)) return j;
    if (job* j = rob_someone()) return j;
  }
  return nullptr;
}

// Starts with a random victim, so that thieves spread.
job* worker::rob_someone() noexcept {
  const std::size_t count = crew_.workers.size();
  const std::size_t first = random() % count;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t victim = (first + i) % count;
    if (victim == index_) continue;
    if (job* j = crew_.workers[victim]->jobs_.steal()) {
      statistics_.steals.add();
      return j;
    }
  }
  return nullptr;
}

void worker::start(job& j) noexcept {
  crew_.beds.begin_job(searching_);
  searching_ = false;
  if (!current_) looked_ = crew_.time.now();
  const time_point started = looked_;
  // Submitted after that look, it has not waited.
  const duration queued = std::max(started - j.enqueued, duration::zero());
  statistics_.queue_wait.record(queued);
  if (j.cancel.cancelled()) {
    statistics_.dropped_cancelled.add();
    j.drop(errc::client_gone);
  } else if (j.until.passed(started)) {
    statistics_.dropped_late.add();
    j.drop(errc::deadline_exceeded);
  } else {
    j.run(queued);
    statistics_.run.add();
  }
  looked_ = crew_.time.now();
  current_ = true;
  const auto busy = std::chrono::nanoseconds(looked_ - started);
  statistics_.busy_nanoseconds.add(static_cast<std::uint64_t>(busy.count()));
}

// False when it is time to leave for good.
bool worker::rest() noexcept {
  switch (crew_.beds.begin_rest(searching_, bed_)) {
    case tally::rest::leave:
      return false;
    case tally::rest::stay:
      // A job is on its way into or between queues: let the thread that carries it run.
      std::this_thread::yield();
      return true;
    case tally::rest::park:
      break;
  }
  bed_.sleep();
  searching_ = true;
  statistics_.wakeups.add();
  return true;
}

// xorshift64 (Marsaglia, "Xorshift RNGs", 2003).
std::uint64_t worker::random() noexcept {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_;
}

}  // namespace tailrace::exec
