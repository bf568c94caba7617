#include "fetch/origin_visit.hpp"

#include <boost/asio/redirect_error.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace tailrace::fetch {

namespace asio = boost::asio;

// Stands in line until it is called, it is too late or the fetch is called off.
class origin_visit::waiting final : public turns::waiter,
                                    public io::deadline_wheel::entry,
                                    public io::cancellation::waiter {
 public:
  waiting(origin_visit& v, io::thread& on)
      : entry(on.wheel),
        bell(on.context, io::timer::time_point::max()),
        visit_(v),
        gauge_(v.all_->counts().waiting) {
    gauge_.add(1);
  }
  ~waiting() override { gauge_.add(-1); }

  io::timer bell;  // never expires: only a way to wait
  std::optional<result<void>> ended;

 private:
  // The visit has its turn from here on, even if nobody comes to know.
  void called() noexcept override {
    visit_.turn_ = true;
    finish({});
  }
  void late() noexcept override {
    finish(error(errc::origin_timeout, "no connection to the origin became free in time"));
  }
  void wake() noexcept override { finish(error(errc::client_gone)); }

  void finish(result<void> how) {
    if (ended) return;
    ended = std::move(how);
    step_out();
    bell.cancel();
  }

  origin_visit& visit_;
  gauge& gauge_;
};

io::awaitable<result<void>> origin_visit::turn(io::thread& on, deadline until,
                                               io::cancellation* called_off) {
  if (called_off != nullptr && called_off->called_off()) co_return error(errc::client_gone);
  waiting w(*this, on);
  if (!at_->line.join(w))
    co_return error(errc::origin_busy, "too many requests wait for this origin");
  w.arm(until);
  w.join(called_off);
  boost::system::error_code ec;
  while (!w.ended) {
    auto token = asio::redirect_error(io::use_awaitable, ec);
    co_await w.bell.async_wait(token);
  }
  co_return std::move(*w.ended);
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
  if (std::exchange(turn_, false)) at_->line.leave();
  all_->depart(*std::exchange(at_, nullptr));
}

}  // namespace tailrace::fetch
