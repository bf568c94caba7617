#include "fetch/hedge.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <new>
#include <utility>

namespace tailrace::fetch {

namespace asio = boost::asio;

namespace {

bool has_answered(const hedge::asking& a) noexcept {
  return a.outcome && a.outcome->has_value();
}

// An origin that is slow because it is busy says so to the second request: that is no reason to
// give up the first.
bool has_answered_well(const hedge::asking& a) noexcept {
  return has_answered(a) && (*a.outcome)->head.status < 500 && (*a.outcome)->head.status != 429;
}

void call_off_unless_ended(hedge::asking& a) noexcept {
  if (!a.outcome) a.called_off.call_off(errc::client_gone);
}

}  // namespace

io::awaitable<void> hedge::run(duration patience, std::function<bool()> may) {
  began_ = thread_.time.now();
  start(first_);
  deadline next = deadline::after(began_, patience);
  while (!settled()) {
    auto waiting = bell_.wait(next, request_.called_off);
    const io::bell::heard heard = co_await std::move(waiting);
    if (heard == io::bell::heard::called_off) break;
    if (heard == io::bell::heard::rung) continue;
    next = deadline{};
    if (may()) start_second();
  }
  call_off_unless_ended(first_);
  if (second_) call_off_unless_ended(*second_);
  while (under_way_ > 0) {
    auto waiting = bell_.wait();
    co_await std::move(waiting);
  }
}

bool hedge::settled() const noexcept {
  return under_way_ == 0 || has_answered_well(first_) || (second_ && has_answered_well(*second_));
}

hedge::asking& hedge::winner() noexcept {
  if (!second_ || has_answered_well(first_)) return first_;
  if (has_answered_well(*second_) || !has_answered(first_)) return *second_;
  return first_;
}

// Without memory for it the first one goes on alone.
void hedge::start_second() {
  try {
    second_.emplace(request_, unseen_);
    start(*second_);
  } catch (const std::bad_alloc&) {
    second_.reset();
  }
}

void hedge::start(asking& a) {
  io::gate::pass inside(thread_.coroutines);
  auto attending = attend(*this, a, std::move(inside));
  ++under_way_;
  try {
    asio::co_spawn(thread_.context.get_executor(), std::move(attending), asio::detached);
  } catch (...) {
    --under_way_;
    throw;
  }
}

io::awaitable<void> hedge::attend(hedge& h, asking& a, [[maybe_unused]] io::gate::pass inside) {
  try {
    auto asking_it = h.ask_(a);
    auto outcome = co_await std::move(asking_it);
    a.outcome.emplace(std::move(outcome));
  } catch (const std::exception& e) {
    a.outcome.emplace(error(errc::internal, e.what()));
  }
  if (&a == &h.first_) h.first_took_ = h.thread_.time.now() - h.began_;
  --h.under_way_;
  h.bell_.ring();
}

}  // namespace tailrace::fetch
