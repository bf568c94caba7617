// What has reached the origin; a scenario asks for it at /_counters. Any thread.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::load::faulty {

class counters {
 public:
  static constexpr std::array<std::string_view, 4> prefixes{"/bytes", "/file", "/redirect",
                                                            "other"};

  void opened() noexcept;
  void closed() noexcept { --open_; }
  void handshake_failed() noexcept { ++handshakes_failed_; }
  // Bytes of requests, decrypted.
  void received(std::size_t n) noexcept { request_bytes_ += n; }
  // `prefix` is one of those above.
  void asked(std::string_view prefix, bool refused) noexcept;

  // One JSON object. `requests` counts those by prefix; `refused` of them were not understood.
  std::string json() const;

 private:
  using count = std::atomic<std::uint64_t>;

  count accepted_ = 0;
  count open_ = 0;
  count open_max_ = 0;
  count handshakes_failed_ = 0;
  count request_bytes_ = 0;
  count refused_ = 0;
  std::array<count, prefixes.size()> requests_{};
};

}  // namespace tailrace::load::faulty
