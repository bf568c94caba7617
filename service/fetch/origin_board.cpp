#include "fetch/origin_board.hpp"

#include <new>

namespace tailrace::fetch {

origin_board::origin_board(std::size_t names_max, std::size_t threads, const clock& time)
    : names_max_(names_max),
      threads_(threads),
      time_(time),
      slots_(std::make_unique<slot[]>(names_max)),
      cells_(std::make_unique<cells[]>(names_max * threads)) {}

origin_board::cells* origin_board::enter(place& p, std::string_view origin,
                                         std::size_t thread) noexcept {
  if (!rejoin(p) && !take_name(p, origin)) return nullptr;
  return &cells_of(p.slot_, thread);
}

// False when it has no name, or none any more.
bool origin_board::rejoin(const place& p) noexcept {
  if (p.slot_ == place::nowhere) return false;
  auto& state = slots_[p.slot_].state;
  std::uint64_t now = state.load(std::memory_order_relaxed);
  while (tenancy_of(now) == p.tenancy_)
    if (state.compare_exchange_weak(now, now + 1, std::memory_order_acq_rel)) return true;
  return false;
}

// Its own, if another thread's visits gave it one; else one that is free.
bool origin_board::take_name(place& p, std::string_view origin) noexcept {
  p.slot_ = place::nowhere;
  const time_point now = time_.now();
  const auto since_epoch = now.time_since_epoch().count();
  // An origin that is new to this thread may have its name already.
  if (p.asked_ && since_epoch < full_until_.load(std::memory_order_relaxed)) return false;
  p.asked_ = true;
  const std::lock_guard lock(mutex_);
  const auto take = [&](std::size_t i) {
    p.slot_ = static_cast<std::uint32_t>(i);
    p.tenancy_ = tenancy_of(slots_[i].state.load(std::memory_order_relaxed));
  };
  for (std::size_t i = 0; i < names_max_; ++i) {
    if (slots_[i].name != origin) continue;
    slots_[i].state.fetch_add(1, std::memory_order_acq_rel);
    take(i);
    return true;
  }
  try {
    for (std::size_t i = 0; i < names_max_; ++i) {
      if (!take_over(slots_[i], origin, now)) continue;
      take(i);
      return true;
    }
  } catch (const std::bad_alloc&) {
    return false;  // then it is one of the others
  }
  full_until_.store(since_epoch + duration(retry_interval).count(), std::memory_order_relaxed);
  return false;
}

// For the first user of another origin, unless somebody uses the name or did so lately. Under the
// lock.
bool origin_board::take_over(slot& s, std::string_view origin, time_point now) {
  std::uint64_t state = s.state.load(std::memory_order_relaxed);
  if (users_of(state) > 0) return false;
  const auto idle = now.time_since_epoch() - duration(s.left.load(std::memory_order_relaxed));
  if (!s.name.empty() && idle < kept) return false;
  std::string name(origin);
  const std::uint64_t next = (std::uint64_t{tenancy_of(state)} + 1) << 32 | 1;
  if (!s.state.compare_exchange_strong(state, next, std::memory_order_acq_rel)) return false;
  s.name = std::move(name);
  return true;
}

void origin_board::leave(const place& p) noexcept {
  slot& s = slots_[p.slot_];
  s.left.store(time_.now().time_since_epoch().count(), std::memory_order_relaxed);
  s.state.fetch_sub(1, std::memory_order_acq_rel);
}

void origin_board::suspend(const place& p, std::size_t thread, bool open) noexcept {
  if (p.slot_ == place::nowhere) return;
  auto& of = cells_of(p.slot_, thread).suspended_;
  if (open) of.store(p.tenancy_, std::memory_order_relaxed);
  if (!open && of.load(std::memory_order_relaxed) == p.tenancy_)
    of.store(0, std::memory_order_relaxed);
}

std::vector<origin_board::figures> origin_board::read() const {
  std::vector<figures> all;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < names_max_; ++i) {
    if (slots_[i].name.empty()) continue;
    const std::uint32_t tenancy = tenancy_of(slots_[i].state.load(std::memory_order_relaxed));
    figures one;
    one.origin = slots_[i].name;
    for (std::size_t t = 0; t < threads_; ++t) {
      const cells& c = cells_of(i, t);
      one.connections += c.connections.value();
      one.waiting += c.waiting.value();
      one.suspended += c.suspended_.load(std::memory_order_relaxed) == tenancy ? 1 : 0;
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace tailrace::fetch
