#include "io/bell.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace tailrace::io {

awaitable<bell::heard> bell::wait(deadline until, cancellation* called_off) {
  auto initiation = [this, until, called_off](waiting_coroutine who) {
    begin(std::move(who), until, called_off);
  };
  auto token = use_awaitable;
  return asio::async_initiate<decltype(token), void(heard)>(initiation, token);
}

void bell::begin(waiting_coroutine who, deadline until, cancellation* called_off) {
  who_.emplace(std::move(who));
  if (called_off != nullptr && called_off->called_off()) return hear(heard::called_off);
  if (rung_) return hear(heard::rung);
  arm(until);
  join(called_off);
}

void bell::hear(heard what) noexcept {
  rung_ = what == heard::rung && !who_;
  if (!who_) return;
  disarm();
  leave();
  waiting_coroutine who = std::move(*who_);
  who_.reset();
  asio::post(home_, asio::append(std::move(who), what));
}

}  // namespace tailrace::io
