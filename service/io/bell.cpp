#include "io/bell.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace tailrace::io {

awaitable<bell::heard> bell::wait(deadline until, cancellation* called_off) {
  if (called_off != nullptr && called_off->called_off()) co_return heard::called_off;
  if (!heard_) {
    arm(until);
    join(called_off);
    auto suspended = suspend();
    co_await std::move(suspended);
    disarm();
    leave();
  }
  const heard what = *heard_;
  heard_.reset();
  co_return what;
}

awaitable<void> bell::suspend() {
  auto initiation = [this](suspended_coroutine who) { waiter_.emplace(std::move(who)); };
  auto token = use_awaitable;
  return asio::async_initiate<decltype(token), void()>(initiation, token);
}

void bell::hear(heard what) noexcept {
  if (!heard_) heard_ = what;
  if (!waiter_) return;
  suspended_coroutine who = std::move(*waiter_);
  waiter_.reset();
  asio::post(home_, std::move(who));
}

}  // namespace tailrace::io
