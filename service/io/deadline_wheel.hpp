// One wheel per I/O thread holds the deadline of every connection, so that sockets need no timer
// of their own: a timer per operation costs more than parsing a request. Hashed timing wheel
// (Varghese and Lauck, 1987) with lazy re-arming: moving a deadline later only stores the value,
// which is what a connection does on every request.
//
// Pure and single-threaded; the I/O thread calls advance() once per tick.
#pragma once
#include "core/deadline.hpp"

#include <array>
#include <chrono>
#include <cstddef>

namespace tailrace::io {

class deadline_wheel {
  struct link {
    link* previous = this;
    link* next = this;
  };

 public:
  static constexpr duration tick = std::chrono::milliseconds(10);
  static constexpr std::size_t slot_count = 1024;

  // One deadline of one owner. late() is called from advance(), at most one tick after the
  // deadline, once per arming; it may re-arm, or destroy other entries, but not throw.
  class entry : link {
   public:
    explicit entry(deadline_wheel& wheel) noexcept : wheel_(wheel) {}
    entry(const entry&) = delete;
    entry& operator=(const entry&) = delete;
    virtual ~entry() { unlink(); }

    // Sets the deadline, replacing the one before. deadline{} disarms.
    void arm(deadline at) noexcept;
    void disarm() noexcept { at_ = deadline{}; }
    deadline at() const noexcept { return at_; }

   private:
    friend deadline_wheel;
    virtual void late() noexcept = 0;
    void unlink() noexcept;

    deadline_wheel& wheel_;
    deadline at_;
    time_point filed_under_ = time_point::max();  // the time of the slot it hangs in
  };

  explicit deadline_wheel(time_point now) noexcept : now_(now) {}
  deadline_wheel(const deadline_wheel&) = delete;
  deadline_wheel& operator=(const deadline_wheel&) = delete;

  // Calls late() of every entry whose deadline is not after `now`.
  void advance(time_point now) noexcept;

  // From the next advance() on every deadline counts as passed, those armed later too: what waits
  // on this thread ends. For a shutdown that cannot wait.
  void expire_all() noexcept { expired_ = true; }

  // The time of the last advance(): a clock that costs nothing, at most a tick old.
  time_point now() const noexcept { return now_; }

 private:
  static std::size_t slot_of(time_point at) noexcept {
    return static_cast<std::size_t>(at.time_since_epoch() / tick) % slot_count;
  }
  void file(entry& e) noexcept;
  void visit(link& slot) noexcept;

  time_point now_;
  bool expired_ = false;
  std::array<link, slot_count> slots_;
};

}  // namespace tailrace::io
