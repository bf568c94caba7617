// Counts the bytes that are read through it, for those who watch from elsewhere, on any thread.
#pragma once
#include "io/byte_source.hpp"

#include <atomic>

namespace tailrace::io {

class counted_source final : public byte_source {
 public:
  // Both outlive it.
  counted_source(byte_source& from, std::atomic<std::uint64_t>& count) noexcept
      : from_(from), count_(count) {}

  awaitable<result<std::size_t>> read_some(std::span<std::byte> room) override {
    auto reading = from_.read_some(room);
    const auto n = co_await std::move(reading);
    if (n.has_value()) count_.fetch_add(*n, std::memory_order_relaxed);
    co_return n;
  }
  std::optional<std::uint64_t> size() const noexcept override { return from_.size(); }

 private:
  byte_source& from_;
  std::atomic<std::uint64_t>& count_;
};

}  // namespace tailrace::io
