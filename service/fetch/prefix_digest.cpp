#include "fetch/prefix_digest.hpp"

#include <xxhash.h>

#include <new>

namespace tailrace::fetch {

void prefix_digest::release::operator()(XXH3_state_s* s) const noexcept {
  XXH3_freeState(s);
}

prefix_digest::prefix_digest() : state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  XXH3_128bits_reset(state_.get());
}

prefix_digest::prefix_digest(const prefix_digest& other) : prefix_digest() {
  XXH3_copyState(state_.get(), other.state_.get());
}

void prefix_digest::update(std::span<const std::byte> bytes) noexcept {
  XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
}

prefix_digest::value prefix_digest::of_all_so_far() const noexcept {
  const XXH128_hash_t h = XXH3_128bits_digest(state_.get());
  return {h.high64, h.low64};
}

}  // namespace tailrace::fetch
