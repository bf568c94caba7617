// Hashers that wait for their next message: a request for the usual algorithms allocates none.
// One per I/O thread.
#pragma once
#include "compute/hash/hasher.hpp"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tailrace::api {

class hasher_pool {
 public:
  // A hasher at the beginning of its message, given back at the end of this object.
  class loan {
   public:
    loan(hasher_pool& from, std::span<const hash::algorithm> algorithms)
        : from_(from), usual_(is_usual(algorithms)), hasher_(from.borrow(algorithms)) {}
    ~loan() {
      if (usual_ && from_.idle_.size() < idle_max) from_.idle_.push_back(std::move(hasher_));
    }
    loan(const loan&) = delete;
    loan& operator=(const loan&) = delete;

    hash::hasher& operator*() const noexcept { return *hasher_; }
    hash::hasher* operator->() const noexcept { return hasher_.get(); }

   private:
    hasher_pool& from_;
    const bool usual_;
    std::unique_ptr<hash::hasher> hasher_;
  };

  // Room for all of them: giving back, in destructors too, cannot fail.
  hasher_pool() { idle_.reserve(idle_max); }

 private:
  static constexpr std::size_t idle_max = 64;

  static bool is_usual(std::span<const hash::algorithm> algorithms) noexcept {
    return algorithms.size() == 1 && algorithms[0] == hash::algorithm::sha256;
  }

  std::unique_ptr<hash::hasher> borrow(std::span<const hash::algorithm> algorithms) {
    if (!is_usual(algorithms) || idle_.empty()) return std::make_unique<hash::hasher>(algorithms);
    auto h = std::move(idle_.back());
    idle_.pop_back();
    h->reset();
    return h;
  }

  std::vector<std::unique_ptr<hash::hasher>> idle_;
};

}  // namespace tailrace::api
