#include "compute/hash/sha256.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <cassert>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace tailrace::hash {
namespace {

// How many bits the message has so far; the two fields are the halves of one number.
std::uint64_t bits(const SHA256_CTX& s) noexcept {
  return std::uint64_t{s.Nh} << 32U | s.Nl;
}

template <class Byte>
void write_big_endian(Byte* out, std::size_t bytes, std::uint64_t number) noexcept {
  for (std::size_t i = 0; i < bytes; ++i)
    out[i] = static_cast<Byte>(number >> (8 * (bytes - 1 - i)) & 0xffU);
}

}  // namespace

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

std::size_t sha256::buffered() const noexcept {
  return state_->num;
}

std::uint32_t* sha256::words() noexcept {
  return state_->h;
}

void sha256::count(std::size_t blocks) noexcept {
  const std::uint64_t now = bits(*state_) + 8 * block_bytes * std::uint64_t{blocks};
  state_->Nh = static_cast<SHA_LONG>(now >> 32U);
  state_->Nl = static_cast<SHA_LONG>(now);
}

std::size_t sha256::pad(std::span<const std::byte> rest, padding& into) const noexcept {
  assert(buffered() == 0 && rest.size() < block_bytes);
  constexpr std::size_t length_bytes = 8;
  const std::size_t blocks = rest.size() + 1 + length_bytes > block_bytes ? 2 : 1;
  std::byte* const length = into.data() + blocks * block_bytes - length_bytes;
  std::byte* at = std::copy(rest.begin(), rest.end(), into.data());
  *at++ = std::byte{0x80};
  std::fill(at, length, std::byte{0});
  write_big_endian(length, length_bytes, bits(*state_) + 8 * rest.size());
  return blocks;
}

sha256::digest sha256::value() const noexcept {
  digest out;
  for (std::size_t i = 0; i < 8; ++i) write_big_endian(out.data() + 4 * i, 4, state_->h[i]);
  return out;
}

}  // namespace tailrace::hash
