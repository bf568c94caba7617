#include "io/deadline_wheel.hpp"

#include <algorithm>

namespace tailrace::io {

void deadline_wheel::entry::arm(deadline at) noexcept {
  at_ = at;
  // Filed under an earlier time it is visited in time anyway, and moved on then.
  if (!at.never() && at.at() < filed_under_) wheel_.file(*this);
}

void deadline_wheel::entry::unlink() noexcept {
  previous->next = next;
  next->previous = previous;
  previous = next = this;
  filed_under_ = time_point::max();
}

void deadline_wheel::file(entry& e) noexcept {
  e.unlink();
  // A deadline beyond one turn waits in the last slot of this turn and is filed again there; one
  // in the past goes into the next slot to be visited.
  const time_point soonest = now_ + tick;
  const time_point farthest = now_ + tick * static_cast<int>(slot_count - 1);
  e.filed_under_ = std::clamp(e.at_.at(), soonest, farthest);
  link& slot = slots_[slot_of(e.filed_under_)];
  e.previous = slot.previous;
  e.next = &slot;
  slot.previous->next = &e;
  slot.previous = &e;
}

void deadline_wheel::advance(time_point now) noexcept {
  // After a stall of more than a turn each slot is still visited only once.
  const time_point turn_ago = now - tick * static_cast<int>(slot_count - 1);
  const time_point slot_time = expired_ ? turn_ago : std::max(now_, turn_ago);
  const auto last = now.time_since_epoch() / tick;
  now_ = now;
  for (auto at = slot_time.time_since_epoch() / tick; at <= last; ++at)
    visit(slots_[static_cast<std::size_t>(at) % slot_count]);
}

void deadline_wheel::visit(link& slot) noexcept {
  // The entries move to a list of their own first: late() may arm, disarm or destroy any of them.
  link due;
  if (slot.next == &slot) return;
  due.next = slot.next;
  due.previous = slot.previous;
  due.next->previous = due.previous->next = &due;
  slot.previous = slot.next = &slot;
  while (due.next != &due) {
    auto& e = static_cast<entry&>(*due.next);
    e.unlink();
    if (e.at_.never()) continue;
    if (expired_ || e.at_.passed(now_)) {
      e.at_ = deadline{};
      e.late();
    } else {
      file(e);
    }
  }
}

}  // namespace tailrace::io
