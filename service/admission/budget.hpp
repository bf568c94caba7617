// A global limit as a counter: requests in flight, bytes in memory. Whoever takes a part holds a
// permit that gives it back; taking never waits. Lock-free, any thread.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace tailrace::admission {

// What a part of a budget is for, where somebody wants to know that of it.
enum class use : std::uint8_t {
  unspecified,
  source,  // images and batch documents, as they are received
  image,   // pixels and what works on them
  result,  // until the client has taken it
  slice,   // buffers of streams
  batch,   // items that are in memory
  window,  // what requests for the same URL share
};
inline constexpr std::array<std::string_view, 7> use_names{"other", "source", "image", "result",
                                                           "slice", "batch",  "window"};

class budget {
 public:
  class permit {
   public:
    permit() noexcept = default;
    permit(permit&& other) noexcept
        : from_(std::exchange(other.from_, nullptr)),
          amount_(std::exchange(other.amount_, 0)),
          use_(other.use_) {}
    permit& operator=(permit&& other) noexcept {
      if (this != &other) {
        release();
        from_ = std::exchange(other.from_, nullptr);
        amount_ = std::exchange(other.amount_, 0);
        use_ = other.use_;
      }
      return *this;
    }
    ~permit() { release(); }

    // Joins `other`, of the same budget, to this one; it is then for the same use.
    void absorb(permit&& other) noexcept {
      if (from_ == nullptr) {
        from_ = other.from_;
        use_ = other.use_;
      } else if (use_ != other.use_ && other.from_ != nullptr) {
        from_->count(other.use_, 0 - other.amount_);
        from_->count(use_, other.amount_);
      }
      amount_ += std::exchange(other.amount_, 0);
      other.from_ = nullptr;
    }

    // Gives back all but `amount`, or what there is, and keeps that for `what_for`.
    void keep(std::uint64_t amount, use what_for) noexcept {
      if (from_ == nullptr) return;
      amount = std::min(amount, amount_);
      from_->give_back(amount_ - amount, use_);
      from_->count(use_, 0 - amount);
      from_->count(what_for, amount);
      amount_ = amount;
      use_ = what_for;
    }

    std::uint64_t amount() const noexcept { return amount_; }
    void release() noexcept {
      if (from_ != nullptr) from_->give_back(amount_, use_);
      from_ = nullptr;
      amount_ = 0;
    }

   private:
    friend budget;
    permit(budget& from, std::uint64_t amount, use what_for) noexcept
        : from_(&from), amount_(amount), use_(what_for) {}

    budget* from_ = nullptr;
    std::uint64_t amount_ = 0;
    use use_ = use::unspecified;
  };

  explicit budget(std::uint64_t capacity) noexcept : capacity_(capacity) {}
  budget(const budget&) = delete;
  budget& operator=(const budget&) = delete;

  // None when less than `amount` is left.
  std::optional<permit> try_take(std::uint64_t amount, use what_for = use::unspecified) noexcept {
    std::uint64_t used = used_.load(std::memory_order_relaxed);
    do {
      if (amount > capacity_ || used > capacity_ - amount) {
        if (what_for != use::unspecified)
          refused_[index(what_for)].fetch_add(1, std::memory_order_relaxed);
        return std::nullopt;
      }
    } while (!used_.compare_exchange_weak(used, used + amount, std::memory_order_relaxed));
    count(what_for, amount);
    return permit(*this, amount, what_for);
  }

  std::uint64_t capacity() const noexcept { return capacity_; }
  std::uint64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

  // Of what is used; nothing is known of the unspecified rest.
  std::uint64_t used_for(use what) const noexcept {
    return by_use_[index(what)].load(std::memory_order_relaxed);
  }
  // How often somebody was sent away who said so.
  std::uint64_t refused_for(use what) const noexcept {
    return refused_[index(what)].load(std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t index(use what) noexcept { return static_cast<std::size_t>(what); }

  // Spares whoever does not say the second atomic operation.
  void count(use what_for, std::uint64_t more) noexcept {
    if (what_for != use::unspecified)
      by_use_[index(what_for)].fetch_add(more, std::memory_order_relaxed);
  }
  void give_back(std::uint64_t amount, use what_for) noexcept {
    used_.fetch_sub(amount, std::memory_order_relaxed);
    count(what_for, 0 - amount);
  }

  const std::uint64_t capacity_;
  std::atomic<std::uint64_t> used_{0};
  std::array<std::atomic<std::uint64_t>, use_names.size()> by_use_{};
  std::array<std::atomic<std::uint64_t>, use_names.size()> refused_{};
};

}  // namespace tailrace::admission
