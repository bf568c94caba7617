// Buffers of one size, of one I/O thread. A connection borrows one while a request is arriving and
// gives it back when idle, so that an idle connection costs no buffer.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace tailrace::io {

class buffer_pool {
 public:
  using buffer = std::unique_ptr<std::byte[]>;

  // Room for all that are kept: giving back, in destructors too, cannot fail.
  explicit buffer_pool(std::size_t size) : size_(size) { idle_.reserve(idle_max); }

  // Bytes in every buffer.
  std::size_t size() const noexcept { return size_; }

  // How many are borrowed.
  std::size_t lent() const noexcept { return lent_; }

  buffer borrow() {
    buffer b;
    if (idle_.empty()) {
      b = std::make_unique_for_overwrite<std::byte[]>(size_);
    } else {
      b = std::move(idle_.back());
      idle_.pop_back();
    }
    ++lent_;
    return b;
  }

  // Keeps a bounded number: a burst of requests must not hold its memory for ever.
  void give_back(buffer b) {
    --lent_;
    if (idle_.size() < idle_max) idle_.push_back(std::move(b));
  }

 private:
  static constexpr std::size_t idle_max = 64;

  std::size_t size_;
  std::size_t lent_ = 0;
  std::vector<buffer> idle_;
};

}  // namespace tailrace::io
