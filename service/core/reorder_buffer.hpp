// Results that come in any order and leave in the order in which they were asked for. Pure.
#pragma once
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace tailrace {

template <class T>
class reorder_buffer {
 public:
  // The number of what is asked for next.
  std::size_t enter() {
    places_.emplace_back();
    return first_ + places_.size() - 1;
  }

  // Once for each number.
  void put(std::size_t number, T value) { places_[number - first_].emplace(std::move(value)); }

  // The next one, if it is here.
  std::optional<T> take() {
    std::optional<T> next;
    if (places_.empty() || !places_.front()) return next;
    next = std::move(places_.front());
    places_.pop_front();
    ++first_;
    return next;
  }

  // How many were asked for and have not left.
  std::size_t size() const noexcept { return places_.size(); }

 private:
  std::size_t first_ = 0;  // the number of the first place
  std::deque<std::optional<T>> places_;
};

}  // namespace tailrace
