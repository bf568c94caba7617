// SHA-256 without OpenSSL's EVP layer, which allocates for every message and costs a fifth of the
// time of one of 1 kB (0.63 against 0.49 us). The functions are deprecated since OpenSSL 3.0, for
// they bypass providers, and are all there; they use the same assembly.
#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <span>

struct SHA256state_st;

namespace tailrace::hash {

class sha256 {
 public:
  using digest = std::array<unsigned char, 32>;

  sha256();
  ~sha256();
  sha256(sha256&&) noexcept;
  sha256& operator=(sha256&&) noexcept;

  // Starts a new message.
  void reset() noexcept;
  void update(std::span<const std::byte> piece) noexcept;
  digest finish() noexcept;

 private:
  std::unique_ptr<SHA256state_st> state_;
};

}  // namespace tailrace::hash
