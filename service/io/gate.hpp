// Counts the coroutines that use an object, so that none can outlive it (seastar's core/gate.hh).
// Single-threaded: belongs to one io_context.
#pragma once
#include <cassert>
#include <cstddef>
#include <functional>
#include <utility>

namespace tailrace::io {

class gate {
 public:
  // Held by whoever is inside; leaves on destruction.
  class pass {
   public:
    explicit pass(gate& g) noexcept : gate_(&g) { ++g.inside_; }
    pass(pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    pass& operator=(pass&&) = delete;
    ~pass() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    gate* gate_;
  };

  gate() = default;
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;
  ~gate() { assert(inside_ == 0); }

  std::size_t inside() const noexcept { return inside_; }

  // Calls `done` once, when nobody is inside any more; at once if that is so already.
  void when_empty(std::function<void()> done) {
    if (inside_ == 0) return done();
    done_ = std::move(done);
  }

 private:
  void leave() noexcept {
    if (--inside_ == 0 && done_) std::exchange(done_, nullptr)();
  }

  std::size_t inside_ = 0;
  std::function<void()> done_;
};

}  // namespace tailrace::io
