// A digest of the beginning of a stream (XXH128), to see whether another answer begins with the
// same bytes.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct XXH3_state_s;

namespace tailrace::fetch {

class prefix_digest {
 public:
  using value = std::array<std::uint64_t, 2>;

  prefix_digest();
  prefix_digest(const prefix_digest& other);
  prefix_digest& operator=(const prefix_digest&) = delete;

  void update(std::span<const std::byte> bytes) noexcept;
  value of_all_so_far() const noexcept;

 private:
  struct release {
    void operator()(XXH3_state_s* s) const noexcept;
  };
  std::unique_ptr<XXH3_state_s, release> state_;
};

}  // namespace tailrace::fetch
