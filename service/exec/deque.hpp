// The work-stealing deque of Chase and Lev ("Dynamic Circular Work-Stealing Deque", SPAA 2005) on
// a ring that does not grow. The orderings follow Lê, Pop, Cohen and Zappa Nardelli ("Correct and
// Efficient Work-Stealing for Weak Memory Models", PPoPP 2013), with sequentially consistent
// accesses in place of their fences, which ThreadSanitizer does not understand.
//
// push() and pop() belong to one thread, the owner; steal() and empty() may be called by any.
// None blocks. A full deque refuses; the caller has another queue for that.
//
// `Atomic` is std::atomic; tests/unit/exec/test_deque_model.cpp puts in another one, to run this
// code in every order of its accesses, and to see that they have to be as strong as they are.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tailrace::exec {

template <class T, std::size_t Capacity, template <class> class Atomic = std::atomic>
class deque {
  static_assert(Capacity > 0 && (Capacity & (Capacity - 1)) == 0, "a power of two");

 public:
  deque() = default;
  deque(const deque&) = delete;
  deque& operator=(const deque&) = delete;

  bool push(T* item) noexcept {
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
    // Acquire: a thief has read the cell before it moved top_ on, so the cell is free for reuse.
    const std::int64_t top = top_.load(std::memory_order_acquire);
    if (bottom - top >= static_cast<std::int64_t>(Capacity)) return false;
    cell(bottom).store(item, std::memory_order_relaxed);
    bottom_.store(bottom + 1, std::memory_order_release);
    return true;
  }

  // The newest item, or null.
  T* pop() noexcept {
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed) - 1;
    // Claiming the cell must come before looking at top_, as a thief looks at top_ before
    // bottom_: in the single order of these four accesses at least one side sees the other.
    bottom_.store(bottom, std::memory_order_seq_cst);
    std::int64_t top = top_.load(std::memory_order_seq_cst);
    T* item = nullptr;
    if (top <= bottom) {
      item = cell(bottom).load(std::memory_order_relaxed);
      if (top < bottom) return item;
      // The last one: thieves may be after it too, and moving top_ decides. Acquire where one of
      // them was faster: what it did is over before the store below, which it so cannot have read.
      if (!top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst,
                                        std::memory_order_acquire))
        item = nullptr;
    }
    // Relaxed: a thief that reads this value takes nothing, for top_ has moved on, and its exchange
    // fails where it has not seen that.
    bottom_.store(bottom + 1, std::memory_order_relaxed);
    return item;
  }

  // The oldest item; null when there is none or another thread was faster.
  T* steal() noexcept {
    std::int64_t top = top_.load(std::memory_order_seq_cst);
    const std::int64_t bottom = bottom_.load(std::memory_order_seq_cst);
    if (top >= bottom) return nullptr;
    // Read before the claim: afterwards the owner may reuse the cell.
    T* item = cell(top).load(std::memory_order_relaxed);
    if (!top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst,
                                      std::memory_order_relaxed))
      return nullptr;
    return item;
  }

  // A guess, exact only while nobody moves.
  bool empty() const noexcept {
    return top_.load(std::memory_order_acquire) >= bottom_.load(std::memory_order_acquire);
  }

 private:
  Atomic<T*>& cell(std::int64_t index) noexcept {
    return cells_[static_cast<std::size_t>(index) & (Capacity - 1)];
  }

  // Thieves write one, the owner the other: on lines of their own.
  alignas(64) Atomic<std::int64_t> top_{0};
  alignas(64) Atomic<std::int64_t> bottom_{0};
  alignas(64) std::array<Atomic<T*>, Capacity> cells_{};
};

}  // namespace tailrace::exec
