#include "fetch/origin_visit.hpp"

#include "io/bell.hpp"

#include <chrono>
#include <string>

namespace tailrace::fetch {

// Stands in line.
class origin_visit::waiting final : public turns::waiter {
 public:
  waiting(origin_visit& v, io::thread& on) : bell(on), visit_(v) { v.all_->waiting(*v.at_, 1); }
  ~waiting() override { leave_line(); }

  io::bell bell;

 private:
  // The visit has its turn from here on, even if nobody comes to know.
  void called() noexcept override {
    leave_line();
    visit_.begin_turn();
    bell.ring();
  }
  // When the line counts it no more, or an origin that gets its name meanwhile would count one less
  // than there are.
  void leave_line() noexcept {
    if (std::exchange(in_line_, false)) visit_.all_->waiting(*visit_.at_, -1);
  }

  origin_visit& visit_;
  bool in_line_ = true;
};

io::awaitable<result<void>> origin_visit::turn(io::thread& on, deadline until,
                                               io::cancellation* called_off) {
  if (called_off != nullptr && called_off->called_off()) co_return error(errc::client_gone);
  waiting w(*this, on);
  if (!at_->line.join(w))
    co_return error(errc::origin_busy, "too many requests wait for this origin");
  auto waiting_for_it = w.bell.wait(until, called_off);
  const io::bell::heard heard = co_await std::move(waiting_for_it);
  if (turn_) co_return result<void>();
  if (heard == io::bell::heard::called_off) co_return error(errc::client_gone);
  co_return error(errc::origin_timeout, "no connection to the origin became free in time");
}

error origin_visit::suspension(time_point now) const {
  const auto left = at_->health.open_until().left(now);
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  std::string text = "it failed too often in a row, last with ";
  text.append(name_of(at_->last_failure));
  if (ms == 0) return error(errc::origin_suspended, text.append("; another request tries it now"));
  return error(errc::origin_suspended,
               text.append("; it is tried again in ").append(std::to_string(ms)).append(" ms"));
}

bool origin_visit::ask(time_point now) noexcept {
  asked_ = at_->health.ask(now);
  return asked_ != breaker::pass::refused;
}

void origin_visit::report(breaker::verdict v, errc why, time_point now) noexcept {
  all_->record(*at_, std::exchange(asked_, breaker::pass::refused), v, why, now);
}

void origin_visit::end() noexcept {
  if (at_ == nullptr) return;
  if (asked_ != breaker::pass::refused)
    report(breaker::verdict::unknown, errc::internal, time_point{});
  if (std::exchange(turn_, false)) {
    all_->turn(*at_, -1);
    at_->line.leave();
  }
  all_->depart(*std::exchange(at_, nullptr));
}

}  // namespace tailrace::fetch
