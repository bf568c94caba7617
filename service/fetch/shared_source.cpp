#include "fetch/shared_source.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace tailrace::fetch {

namespace {

result<void> verdict_on(io::bell::heard heard) {
  if (heard == io::bell::heard::called_off) return error(errc::client_gone);
  if (heard == io::bell::heard::late)
    return error(errc::origin_timeout, "the request's time is up");
  return {};
}

}  // namespace

shared_source::shared_source(std::shared_ptr<flight> on, std::shared_ptr<flight::seat> seat,
                             fetcher& alone, const request& r, stats& counts)
    : flight_(std::move(on)),
      seat_(std::move(seat)),
      alone_(alone),
      counts_(counts),
      until_(r.until),
      called_off_(r.called_off),
      steps_(r.steps) {}

shared_source::~shared_source() {
  leave();
}

void shared_source::leave() noexcept {
  if (flight_) flight_->leave(*seat_);
  flight_.reset();
}

void shared_source::change_to(std::shared_ptr<flight> on,
                              std::shared_ptr<flight::seat> seat) noexcept {
  leave();
  flight_ = std::move(on);
  seat_ = std::move(seat);
}

void shared_source::serve(deadline until, io::cancellation* called_off) noexcept {
  until_ = until;
  called_off_ = called_off;
  if (own_) own_->serve(until, called_off);
}

// Of the steps on the way this reader has seen what came while it waited.
io::awaitable<result<void>> shared_source::arrive() {
  const clock& time = seat_->home.time;
  const std::shared_ptr<flight> on = flight_;  // also when it has been left meanwhile
  const stage_times before = on->steps().spent(time.now());
  auto waiting = wait_for_head();
  const auto arrived = co_await std::move(waiting);
  if (steps_ != nullptr) steps_->add(on->steps().spent(time.now()).since(before));
  co_return arrived;
}

io::awaitable<result<void>> shared_source::wait_for_head() {
  for (;;) {
    const auto head = flight_->head(*seat_);
    if (head) {
      if (head->has_error()) co_return head->error();
      head_ = ***head;
      take_over();
      co_return result<void>();
    }
    auto waiting = seat_->bell.wait(until_, called_off_);
    const io::bell::heard heard = co_await std::move(waiting);
    const auto waited = verdict_on(heard);
    if (waited.has_error()) co_return waited.error();
  }
}

// If it may.
void shared_source::take_over() {
  own_ = flight_->take_over(*seat_);
  if (!own_) return;
  own_->serve(until_, called_off_);
  leave();
}

std::optional<std::span<const std::byte>> shared_source::take_whole() {
  return own_ ? own_->take_whole() : std::nullopt;
}

io::awaitable<result<std::size_t>> shared_source::read_some(std::span<std::byte> room) {
  for (;;) {
    if (own_) {
      auto reading = own_->read_some(room);
      co_return co_await std::move(reading);
    }
    flight::step now = flight_->next(*seat_, room.size());
    using kind = flight::step::kind;
    switch (now.what) {
      case kind::bytes:
        std::memcpy(room.data(), now.piece.bytes.data(), now.piece.bytes.size());
        co_return now.piece.bytes.size();
      case kind::end:
        co_return std::size_t{0};
      case kind::failed:
        co_return *now.why;
      case kind::taken_over:
        take_over();
        break;
      case kind::left_behind: {
        auto fetching = fetch_alone(std::move(now));
        const auto fetched = co_await std::move(fetching);
        if (fetched.has_error()) co_return fetched.error();
        break;
      }
      case kind::wait: {
        auto waiting = seat_->bell.wait(until_, called_off_);
        const io::bell::heard heard = co_await std::move(waiting);
        const auto waited = verdict_on(heard);
        if (waited.has_error()) co_return waited.error();
        break;
      }
    }
  }
}

// Reads again what it has had, and sees that it is the same: then the whole is one answer.
io::awaitable<result<void>> shared_source::fetch_alone(flight::step from) {
  counts_.left_behind.add();
  request r = flight_->asked();
  r.until = until_;
  r.called_off = called_off_;
  r.steps = nullptr;  // reading waits for it
  leave();
  auto opening = alone_.open(r);
  auto opened = co_await std::move(opening);
  if (opened.has_error()) co_return opened.error();
  std::unique_ptr<source> again = std::move(*opened);
  prefix_digest seen;
  std::vector<std::byte> room(byte_window::chunk_bytes_max);
  for (std::uint64_t left = from.position; left > 0;) {
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(left, room.size()));
    auto reading = again->read_some(std::span(room).first(most));
    const auto n = co_await std::move(reading);
    if (n.has_error()) co_return n.error();
    if (*n == 0) break;
    seen.update(std::span(room).first(*n));
    left -= *n;
  }
  const source_head& h = again->head();
  const bool same = seen.of_all_so_far() == from.read_so_far && h.size == head_.size &&
                    h.etag == head_.etag && h.last_modified == head_.last_modified &&
                    h.not_modified == head_.not_modified;
  if (!same) co_return error(errc::origin_incomplete, "the source changed while it was read");
  own_ = std::move(again);
  co_return result<void>();
}

}  // namespace tailrace::fetch
