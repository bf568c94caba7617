#include "fetch/flight.hpp"

#include "fetch/flight_table.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace tailrace::fetch {

namespace asio = boost::asio;

// What runs the flight, on the owner's thread. Whatever happens, its end is the flight's.
struct flight::crew {
  explicit crew(flight& f) : of(f), bell(f.owner_) {
    const std::lock_guard lock(of.mutex_);
    of.crew_ = this;
  }
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;
  ~crew() {
    of.land(error(errc::internal));
    const std::lock_guard lock(of.mutex_);
    of.crew_ = nullptr;
  }

  flight& of;
  io::bell bell;  // a reader went on, or left
  io::cancellation called_off;
};

flight::flight(flight_table& all, std::string key, io::thread& owner, request r,
               admission::budget& memory, std::size_t window_bytes_max)
    : all_(all),
      key_(std::move(key)),
      owner_(owner),
      began_(owner.time.now()),
      request_(std::move(r)),
      window_(memory, window_bytes_max) {
  // Readers have deadlines, and are called off, each for itself.
  request_.until = deadline{};
  request_.called_off = nullptr;
  request_.steps = &steps_;
}

void flight::start(fetcher& from) {
  io::gate::pass inside(owner_.coroutines);
  auto running = run(shared_from_this(), from, std::move(inside));
  asio::co_spawn(owner_.context.get_executor(), std::move(running), asio::detached);
}

io::awaitable<void> flight::run(std::shared_ptr<flight> self, fetcher& from,
                                [[maybe_unused]] io::gate::pass inside) {
  flight& f = *self;
  crew c(f);
  f.request_.called_off = &c.called_off;
  auto opening = from.open(f.request_);
  auto opened = co_await std::move(opening);
  if (opened.has_error()) f.land(opened.error());
  if (opened.has_error()) co_return;
  std::unique_ptr<source> upstream = std::move(*opened);
  if (!f.depart(upstream)) co_return;
  for (;;) {
    const auto room = f.make_room(upstream);
    if (!room) {
      auto waiting = f.wait_for_readers(c);
      co_await std::move(waiting);
      continue;
    }
    if (room->empty()) co_return;
    auto reading = upstream->read_some(*room);
    const auto n = co_await std::move(reading);
    if (n.has_error()) f.land(n.error());
    if (n.has_value() && *n == 0) f.land(std::nullopt);
    if (n.has_error() || *n == 0) co_return;
    f.received(*n);
  }
}

io::awaitable<void> flight::wait_for_readers(crew& c) {
  const time_point began = owner_.time.now();
  // Once it is used up, only readers can change anything.
  const bool patient = patience_ > duration::zero();
  auto waiting = c.bell.wait(patient ? deadline::after(began, patience_) : deadline{});
  co_await std::move(waiting);
  patience_ = std::max(duration::zero(), patience_ - (owner_.time.now() - began));
}

std::optional<std::span<std::byte>> flight::make_room(std::unique_ptr<source>& upstream) {
  std::unique_lock lock(mutex_);
  if (over_ || seats_.empty()) return std::span<std::byte>();
  std::optional<std::uint64_t> left;
  if (size_) left = *size_ - std::min(*size_, window_.end());
  auto room = window_.room(left);
  const bool doors_close = room.empty() && std::exchange(joinable_, false);
  if (room.empty()) room = make_way(upstream, left);
  if (!room.empty() && window_.begins_chunk())
    patience_ = std::min(lag_max, patience_ + lag_per_chunk);
  const bool done = over_ || !room.empty();
  room_wanted_ = !done;
  lock.unlock();
  if (doors_close) close_doors();
  if (!done) return std::nullopt;
  return room;
}

// The window is full, or there is no memory: the oldest bytes go, or readers.
std::span<std::byte> flight::make_way(std::unique_ptr<source>& upstream,
                                      std::optional<std::uint64_t> left) {
  const auto alone = [&] { return seats_.size() == 1 && &seats_.front()->home == &owner_; };
  std::span<std::byte> room;
  if (!alone()) {
    window_.drop_before(slowest());
    room = window_.room(left);
  }
  if (room.empty() && !alone() && patience_ <= duration::zero()) {
    leave_laggards_behind();
    room = window_.room(left);
  }
  // With nothing kept that could give way, it is memory that there is none of.
  if (room.empty() && (alone() || slowest() == window_.end())) disband(upstream);
  return room;
}

// Those that still have to read the oldest bytes, unless all of them do.
void flight::leave_laggards_behind() {
  const std::uint64_t far_enough = window_.end_of_oldest();
  const auto lags = [&](const seat* s) { return s->position_ < far_enough; };
  if (std::all_of(seats_.begin(), seats_.end(), lags)) return;
  for (seat* s : seats_) {
    if (!lags(s)) continue;
    s->left_behind_ = window_.digest_before(s->position_);
    wake(*s);
  }
  std::erase_if(seats_, lags);
  window_.drop_before(slowest());
}

// One reader goes on with the source itself, the others alone.
void flight::disband(std::unique_ptr<source>& upstream) {
  upstream->serve(deadline{}, nullptr);  // the crew's cancellation ends with the crew
  for (seat* s : seats_) {
    if (upstream && &s->home == &owner_) {
      s->taken_over_ = std::move(upstream);
    } else {
      s->left_behind_ = window_.digest_before(s->position_);
    }
    wake(*s);
  }
  over_ = true;
}

// False when that was all: a body that is here already goes to its only reader as it is.
bool flight::depart(std::unique_ptr<source>& upstream) {
  {
    const std::lock_guard lock(mutex_);
    const bool alone = seats_.size() == 1 && &seats_.front()->home == &owner_;
    if (!alone || !upstream->is_whole()) {
      head_.emplace(upstream->head());
      size_ = upstream->size();
      wake_all();
      return true;
    }
    joinable_ = false;
    disband(upstream);
  }
  close_doors();
  return false;
}

void flight::received(std::size_t n) {
  const std::lock_guard lock(mutex_);
  window_.add(n);
  wake_all();
}

void flight::land(std::optional<error> why) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(over_, true)) return;
    joinable_ = false;
    if (!head_) head_.emplace(*why);
    why_ = std::move(why);
    wake_all();
  }
  close_doors();
}

// Nobody can join any more, so that nobody needs to find it.
void flight::close_doors() noexcept {
  all_.forget(*this);
}

std::shared_ptr<flight::seat> flight::join(io::thread& on) {
  const std::lock_guard lock(mutex_);
  if (!joinable_ || owner_.time.now() - began_ > join_max) return nullptr;
  auto s = std::make_shared<seat>(on);
  seats_.push_back(s.get());
  return s;
}

void flight::leave(seat& s) noexcept {
  std::unique_ptr<source> unused;  // ends without the lock
  bool last = false;
  {
    const std::lock_guard lock(mutex_);
    unused = std::move(s.taken_over_);
    const bool was_inside = std::erase(seats_, &s) > 0;
    last = was_inside && seats_.empty();
    if (last) joinable_ = false;
    if (was_inside) call_crew(s, last);
  }
  if (last) close_doors();
}

std::optional<result<const source_head*>> flight::head(seat& s) {
  const std::lock_guard lock(mutex_);
  if (s.taken_over_) return &s.taken_over_->head();
  s.waiting_ = !head_;
  if (!head_) return std::nullopt;
  if (head_->has_error()) return head_->error();
  return &**head_;
}

std::unique_ptr<source> flight::take_over(seat& s) {
  const std::lock_guard lock(mutex_);
  if (s.position_ < window_.end()) return nullptr;
  return std::move(s.taken_over_);
}

flight::step flight::next(seat& s, std::size_t most) {
  const std::lock_guard lock(mutex_);
  using kind = step::kind;
  step now;
  if (s.left_behind_) {
    now.what = kind::left_behind;
    now.position = s.position_;
    now.read_so_far = *s.left_behind_;
  } else if (s.position_ < window_.end()) {
    now.what = kind::bytes;
    now.piece = window_.at(s.position_, most);
    s.position_ += now.piece.bytes.size();
    call_crew(s, false);
  } else if (s.taken_over_) {
    now.what = kind::taken_over;
  } else if (over_) {
    now.what = why_ ? kind::failed : kind::end;
    now.why = why_;
  } else {
    s.waiting_ = true;
  }
  return now;
}

// Under the lock.
std::uint64_t flight::slowest() const noexcept {
  std::uint64_t least = window_.end();
  for (const seat* s : seats_) least = std::min(least, s->position_);
  return least;
}

// Under the lock, on the owner's thread.
void flight::wake(seat& s) noexcept {
  if (!std::exchange(s.waiting_, false)) return;
  if (&s.home == &owner_) return s.bell.ring();
  asio::post(s.home.context, [keep = s.shared_from_this()] { keep->bell.ring(); });
}

void flight::wake_all() noexcept {
  for (seat* s : seats_) wake(*s);
}

// Under the lock, on the thread of `from`: the reader went on, or was the last.
void flight::call_crew(const seat& from, bool off) noexcept {
  if (crew_ == nullptr || (!off && !std::exchange(room_wanted_, false))) return;
  const auto call = [off](crew& c) {
    c.bell.ring();
    if (off) c.called_off.call_off(errc::client_gone);
  };
  if (&from.home == &owner_) return call(*crew_);
  asio::post(owner_.context, [self = shared_from_this(), call] {
    crew* on_duty = nullptr;
    {
      const std::lock_guard lock(self->mutex_);
      on_duty = self->crew_;
    }
    if (on_duty != nullptr) call(*on_duty);
  });
}

}  // namespace tailrace::fetch
