// The parts of offload.hpp that its callers need not read: the job, and the place where the
// worker that ends it and the coroutine that waits for it meet.
#pragma once
#include "core/clock.hpp"
#include "exec/job.hpp"
#include "exec/job_options.hpp"
#include "io/types.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace tailrace::exec {

class executor;

namespace detail {

template <class F>
decltype(auto) call(F& f, const cancel_flag& cancel) {
  if constexpr (std::is_invocable_v<F&, const cancel_flag&>)
    return f(cancel);
  else
    return f();
}

template <class T>
struct flattened {
  using type = T;
};
template <class T>
struct flattened<result<T>> {
  using type = T;
};

// The waiting coroutine as Asio hands it over: move-only, resumes when called, and when destroyed
// instead destroys the coroutine by way of its executor.
using suspended_coroutine =
    boost::asio::async_result<boost::asio::use_awaitable_t<io::executor>, void()>::handler_type;

class jobs_away;

// Where a job's end and the coroutine's wait meet, in whichever order they come.
class rendezvous {
 public:
  // On the I/O thread, once: resumes `waiter` by a post when the job has ended, even if it had.
  // Afterwards this object may be gone.
  void suspend(suspended_coroutine waiter);

  // On any thread, once, when the result is in place. Afterwards this object may be gone.
  void finish() noexcept;

  bool done() const noexcept { return phase_.load(std::memory_order_acquire) == phase::done; }

  // Room for the posted completion, so that posting allocates nothing.
  struct storage {
    alignas(std::max_align_t) std::array<std::byte, 128> bytes;
  };

 private:
  enum class phase : std::uint8_t { running, awaited, done };
  void resume() noexcept;

  std::atomic<phase> phase_{phase::running};
  std::optional<suspended_coroutine> waiter_;
  std::optional<boost::asio::executor_work_guard<io::executor>> work_;
  jobs_away* away_ = nullptr;
  storage storage_;
};

io::awaitable<void> wait(rendezvous& meeting);

// Suspends first and submits then; a refusal becomes j.drop().
io::awaitable<void> submit_and_wait(executor& on, job& j, rendezvous& meeting);

// A job with a result. It lives in the frame of offload(), or on the heap for background.
template <class T>
class task : public job {
 public:
  task(deadline d, cancel_flag c) noexcept : job(d, std::move(c)) {}
  virtual ~task() = default;

  result<T> take() { return std::move(*outcome); }

  // True for one of the two that may want it: the executor that starts or drops the job, and the
  // owner that takes it back. Taken back, it is the executor's to delete.
  bool claim() noexcept { return !claimed_.exchange(true, std::memory_order_acq_rel); }

  void drop(errc why) noexcept final {
    if (!claim()) {
      delete this;
      return;
    }
    outcome.emplace(boost::system::in_place_error, why);
    meeting.finish();
  }

  rendezvous meeting;

 protected:
  std::optional<result<T>> outcome;

 private:
  std::atomic<bool> claimed_{false};
};

}  // namespace detail

// What offload() of an F returns, without the result around it.
template <class F>
using job_value = typename detail::flattened<decltype(detail::call(
    std::declval<F&>(), std::declval<const cancel_flag&>()))>::type;

namespace detail {

template <class F>
class operation final : public task<job_value<F>> {
  using base = task<job_value<F>>;

 public:
  operation(const clock& c, job_options options, F f)
      : base(options.until, std::move(options.cancel)),
        time_(c),
        queued_(options.queued),
        ran_(options.ran),
        f_(std::move(f)) {}

  void run(duration queued) noexcept override {
    if (!base::claim()) {
      delete this;
      return;
    }
    if (queued_ != nullptr) *queued_ = queued;
    try {
      call_and_keep();
    } catch (const std::exception& e) {
      base::outcome.emplace(boost::system::in_place_error, errc::internal, e.what());
    } catch (...) {
      base::outcome.emplace(boost::system::in_place_error, errc::internal);
    }
    if (ran_ != nullptr) *ran_ = time_.now() - (base::enqueued + queued);
    base::meeting.finish();
  }

 private:
  void call_and_keep() {
    if constexpr (std::is_void_v<decltype(call(f_, base::cancel))>) {
      call(f_, base::cancel);
      base::outcome.emplace();
    } else {
      base::outcome.emplace(call(f_, base::cancel));
    }
  }

  const clock& time_;
  duration* const queued_;
  duration* const ran_;
  F f_;
};

}  // namespace detail
}  // namespace tailrace::exec
