// The atomic of memory_model.hpp.
#pragma once
#include <bit>

#include "tests/support/memory_model.hpp"

namespace tailrace::test::model {

// Stands in for std::atomic in code that takes it as a template parameter.
template <class T>
class atomic {
 public:
  atomic(T initial = {}) : where_(running->add(bits(initial))) {}
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(std::memory_order o,
         const std::source_location& at = std::source_location::current()) const {
    return std::bit_cast<T>(running->load(where_, o, at));
  }
  void store(T desired, std::memory_order o,
             const std::source_location& at = std::source_location::current()) {
    running->store(where_, bits(desired), o, at);
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order o,
                               std::memory_order failure,
                               const std::source_location& at = std::source_location::current()) {
    value found = bits(expected);
    const bool equal = running->exchange(where_, found, bits(desired), o, failure, at);
    expected = std::bit_cast<T>(found);
    return equal;
  }

 private:
  static_assert(sizeof(T) == sizeof(value));
  static value bits(T v) { return std::bit_cast<value>(v); }

  location where_;
};

}  // namespace tailrace::test::model
