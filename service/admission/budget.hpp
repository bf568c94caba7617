// A global limit as a counter: requests in flight, bytes in memory. Whoever takes a part holds a
// permit that gives it back; taking never waits. Lock-free, any thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace tailrace::admission {

class budget {
 public:
  class permit {
   public:
    permit() noexcept = default;
    permit(permit&& other) noexcept
        : from_(std::exchange(other.from_, nullptr)), amount_(std::exchange(other.amount_, 0)) {}
    permit& operator=(permit&& other) noexcept {
      if (this != &other) {
        release();
        from_ = std::exchange(other.from_, nullptr);
        amount_ = std::exchange(other.amount_, 0);
      }
      return *this;
    }
    ~permit() { release(); }

    // Joins `other`, of the same budget, to this one.
    void absorb(permit&& other) noexcept {
      if (from_ == nullptr) from_ = other.from_;
      amount_ += std::exchange(other.amount_, 0);
      other.from_ = nullptr;
    }

    std::uint64_t amount() const noexcept { return amount_; }
    void release() noexcept {
      if (from_ != nullptr) from_->used_.fetch_sub(amount_, std::memory_order_relaxed);
      from_ = nullptr;
      amount_ = 0;
    }

   private:
    friend budget;
    permit(budget& from, std::uint64_t amount) noexcept : from_(&from), amount_(amount) {}

    budget* from_ = nullptr;
    std::uint64_t amount_ = 0;
  };

  explicit budget(std::uint64_t capacity) noexcept : capacity_(capacity) {}
  budget(const budget&) = delete;
  budget& operator=(const budget&) = delete;

  // None when less than `amount` is left.
  std::optional<permit> try_take(std::uint64_t amount) noexcept {
    std::uint64_t used = used_.load(std::memory_order_relaxed);
    do {
      if (amount > capacity_ || used > capacity_ - amount) return std::nullopt;
    } while (!used_.compare_exchange_weak(used, used + amount, std::memory_order_relaxed));
    return permit(*this, amount);
  }

  std::uint64_t capacity() const noexcept { return capacity_; }
  std::uint64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  const std::uint64_t capacity_;
  std::atomic<std::uint64_t> used_{0};
};

}  // namespace tailrace::admission
