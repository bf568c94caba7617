#include "compute/hash/sha256.hpp"

#include <openssl/sha.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace tailrace::hash {

sha256::sha256() : state_(std::make_unique<SHA256_CTX>()) {
  reset();
}
sha256::~sha256() = default;
sha256::sha256(sha256&&) noexcept = default;
sha256& sha256::operator=(sha256&&) noexcept = default;

void sha256::reset() noexcept {
  SHA256_Init(state_.get());
}

void sha256::update(std::span<const std::byte> piece) noexcept {
  SHA256_Update(state_.get(), piece.data(), piece.size());
}

sha256::digest sha256::finish() noexcept {
  digest out;
  SHA256_Final(out.data(), state_.get());
  return out;
}

}  // namespace tailrace::hash
