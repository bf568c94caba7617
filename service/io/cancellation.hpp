// Calls off what one request has under way: jobs on other threads look at its flag, operations
// that wait on its I/O thread are woken. Belongs to that thread, all but the flag's copies.
#pragma once
#include "core/cancel.hpp"
#include "core/error.hpp"

#include <cassert>

namespace tailrace::io {

class cancellation {
 public:
  // An operation that can be woken. Registered with at most one cancellation, which outlives the
  // registration.
  class waiter {
   public:
    waiter() = default;
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;
    virtual ~waiter() { leave(); }

    // Null, or one that has been called off already, registers nowhere: whoever begins to wait
    // asks called_off() first.
    void join(cancellation* with) noexcept {
      leave();
      if (with == nullptr || with->called_off()) return;
      with_ = with;
      next_ = with->first_;
      if (next_ != nullptr) next_->previous_ = this;
      with->first_ = this;
    }
    void leave() noexcept {
      if (with_ == nullptr) return;
      (previous_ != nullptr ? previous_->next_ : with_->first_) = next_;
      if (next_ != nullptr) next_->previous_ = previous_;
      with_ = nullptr;
      previous_ = next_ = nullptr;
    }

   private:
    friend cancellation;
    virtual void wake() noexcept = 0;

    cancellation* with_ = nullptr;
    waiter* previous_ = nullptr;
    waiter* next_ = nullptr;
  };

  cancellation() = default;
  cancellation(const cancellation&) = delete;
  cancellation& operator=(const cancellation&) = delete;
  ~cancellation() { assert(first_ == nullptr); }

  // Once and for all; the first reason counts.
  void call_off(errc why) noexcept {
    if (called_off()) return;
    why_ = why;
    flag_.cancel();
    while (first_ != nullptr) {
      waiter& one = *first_;
      one.leave();
      one.wake();
    }
  }

  // As new, for the next that may be called off. Nobody waits.
  void renew() {
    assert(first_ == nullptr);
    if (called_off()) flag_ = cancel_flag::make();
  }

  bool called_off() const noexcept { return flag_.cancelled(); }
  errc why() const noexcept { return why_; }

  // For jobs on other threads.
  const cancel_flag& flag() const noexcept { return flag_; }

 private:
  cancel_flag flag_ = cancel_flag::make();
  errc why_ = errc::client_gone;
  waiter* first_ = nullptr;
};

}  // namespace tailrace::io
