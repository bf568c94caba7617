// So many may be served at once, so many more may wait, in the order they came; the rest is
// refused. Pure and single-threaded.
#pragma once
#include <cassert>
#include <cstddef>

namespace tailrace::fetch {

class turns {
 public:
  // Stands in line with at most one, which outlives that.
  class waiter {
   public:
    waiter() = default;
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;
    virtual ~waiter() { step_out(); }

    void step_out() noexcept {
      if (line_ == nullptr) return;
      (previous_ != nullptr ? previous_->next_ : line_->first_) = next_;
      (next_ != nullptr ? next_->previous_ : line_->last_) = previous_;
      --line_->waiting_;
      line_ = nullptr;
      previous_ = next_ = nullptr;
    }

   private:
    friend turns;
    // It is out of the line and has a turn, which it has to leave().
    virtual void called() noexcept = 0;

    turns* line_ = nullptr;
    waiter* previous_ = nullptr;
    waiter* next_ = nullptr;
  };

  turns(std::size_t at_once, std::size_t waiting_max) noexcept
      : at_once_(at_once), waiting_max_(waiting_max) {}
  turns(const turns&) = delete;
  turns& operator=(const turns&) = delete;
  ~turns() { assert(first_ == nullptr && served_ == 0); }

  // A turn at once, to be left. Nobody is overtaken: while somebody waits none is free.
  bool enter() noexcept {
    if (served_ == at_once_) return false;
    ++served_;
    return true;
  }

  // After enter() failed. False when too many wait.
  bool join(waiter& w) noexcept {
    assert(w.line_ == nullptr && served_ == at_once_);
    if (waiting_ == waiting_max_) return false;
    w.line_ = this;
    w.previous_ = last_;
    (last_ != nullptr ? last_->next_ : first_) = &w;
    last_ = &w;
    ++waiting_;
    return true;
  }

  // Ends a turn: it goes to whoever has waited longest.
  void leave() noexcept {
    assert(served_ > 0);
    if (first_ == nullptr) {
      --served_;
      return;
    }
    waiter& w = *first_;
    w.step_out();
    w.called();
  }

  std::size_t served() const noexcept { return served_; }
  std::size_t waiting() const noexcept { return waiting_; }

 private:
  std::size_t at_once_;
  std::size_t waiting_max_;
  std::size_t served_ = 0;
  std::size_t waiting_ = 0;
  waiter* first_ = nullptr;
  waiter* last_ = nullptr;
};

}  // namespace tailrace::fetch
