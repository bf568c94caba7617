// A flag that says "nobody wants this any more". Set once, from any thread; long work looks at it
// at its checkpoints, queues when they take a job out. Copies share the flag.
#pragma once
#include <atomic>
#include <memory>

namespace tailrace {

class cancel_flag {
 public:
  // Never cancelled and without an allocation: for work that cannot be called off.
  cancel_flag() noexcept = default;

  static cancel_flag make() {
    cancel_flag flag;
    flag.state_ = std::make_shared<std::atomic<bool>>(false);
    return flag;
  }

  void cancel() const noexcept {
    if (state_) state_->store(true, std::memory_order_relaxed);
  }
  bool cancelled() const noexcept { return state_ && state_->load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<std::atomic<bool>> state_;
};

}  // namespace tailrace
