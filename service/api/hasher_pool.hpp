// Hashers that wait for their next message: a request for the usual algorithms allocates none.
// One per I/O thread.
#pragma once
#include "compute/hash/hasher.hpp"

#include <memory>
#include <span>
#include <vector>

namespace tailrace::api {

class hasher_pool {
 public:
  using handle = std::unique_ptr<hash::hasher>;

  // Room for all of them: giving back, in destructors too, cannot fail.
  hasher_pool() { idle_.reserve(idle_max); }

  handle borrow(std::span<const hash::algorithm> algorithms) {
    if (!is_usual(algorithms) || idle_.empty()) return std::make_unique<hash::hasher>(algorithms);
    handle h = std::move(idle_.back());
    idle_.pop_back();
    h->reset();
    return h;
  }

  void give_back(std::span<const hash::algorithm> algorithms, handle h) {
    if (is_usual(algorithms) && idle_.size() < idle_max) idle_.push_back(std::move(h));
  }

 private:
  static constexpr std::size_t idle_max = 64;

  static bool is_usual(std::span<const hash::algorithm> algorithms) noexcept {
    return algorithms.size() == 1 && algorithms[0] == hash::algorithm::sha256;
  }

  std::vector<handle> idle_;
};

}  // namespace tailrace::api
