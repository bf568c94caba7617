#include "exec/offload.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>

#include <new>

namespace tailrace::exec::detail {

namespace asio = boost::asio;

// Counts the jobs whose end some coroutine of a context awaits. The context's destructor waits
// for them, because the last step of each is a post to it. In the usual order of shutdown the
// executor is joined before, and there is nothing to wait for.
class jobs_away final : public asio::execution_context::service {
 public:
  using key_type = jobs_away;
  static inline asio::execution_context::id id;

  explicit jobs_away(asio::execution_context& context) : service(context) {}

  void leave() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void come_back() noexcept { count_.fetch_sub(1, std::memory_order_release); }

 private:
  void shutdown() override {
    while (count_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
  }

  std::atomic<std::size_t> count_{0};
};

namespace {

// Hands out the storage inside the rendezvous for the one completion that is posted.
template <class T>
struct in_place_allocator {
  using value_type = T;

  explicit in_place_allocator(rendezvous::storage& s) noexcept : room(&s) {}
  template <class U>
  in_place_allocator(const in_place_allocator<U>& other) noexcept : room(other.room) {}

  T* allocate(std::size_t n) {
    if (n * sizeof(T) <= sizeof room->bytes) return reinterpret_cast<T*>(room->bytes.data());
    return static_cast<T*>(::operator new(n * sizeof(T)));
  }
  void deallocate(T* p, std::size_t) noexcept {
    if (static_cast<void*>(p) != room->bytes.data()) ::operator delete(p);
  }

  template <class U>
  bool operator==(const in_place_allocator<U>& other) const noexcept {
    return room == other.room;
  }

  rendezvous::storage* room;
};

// What is posted. The work guard travels along: released by the worker, it could let the context
// end while the worker still holds on to it.
struct resumption {
  using allocator_type = in_place_allocator<void>;
  allocator_type get_allocator() const noexcept { return allocator_type(*room); }
  void operator()() { std::move(waiter)(); }

  suspended_coroutine waiter;
  asio::executor_work_guard<io::executor> work;
  rendezvous::storage* room;
};

}  // namespace

void rendezvous::suspend(suspended_coroutine waiter) {
  const io::executor home = asio::get_associated_executor(waiter);
  away_ = &asio::use_service<jobs_away>(asio::query(home, asio::execution::context));
  away_->leave();
  work_.emplace(home);
  waiter_.emplace(std::move(waiter));
  phase expected = phase::running;
  if (!phase_.compare_exchange_strong(expected, phase::awaited, std::memory_order_acq_rel))
    resume();
}

void rendezvous::finish() noexcept {
  if (phase_.exchange(phase::done, std::memory_order_acq_rel) == phase::awaited) resume();
}

void rendezvous::resume() noexcept {
  jobs_away& away = *away_;
  const io::executor home = work_->get_executor();
  asio::post(home, resumption{std::move(*waiter_), std::move(*work_), &storage_});
  away.come_back();
}

io::awaitable<void> wait(rendezvous& meeting) {
  auto initiation = [&meeting](suspended_coroutine waiter) { meeting.suspend(std::move(waiter)); };
  auto token = io::use_awaitable;
  return asio::async_initiate<decltype(token), void()>(initiation, token);
}

io::awaitable<void> submit_and_wait(executor& on, job& j, rendezvous& meeting) {
  auto initiation = [&on, &j, &meeting](suspended_coroutine waiter) {
    meeting.suspend(std::move(waiter));
    if (const auto accepted = on.submit(j); !accepted) j.drop(accepted.error().code);
  };
  auto token = io::use_awaitable;
  return asio::async_initiate<decltype(token), void()>(initiation, token);
}

}  // namespace tailrace::exec::detail
