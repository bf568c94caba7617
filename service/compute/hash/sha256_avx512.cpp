// 16 lanes. Rotation and any function of three bits are one instruction each.
#if defined(__x86_64__)
#include "compute/hash/sha256_compress.hpp"
#include "compute/hash/sha256_vector.hpp"

#include <immintrin.h>

#define TAILRACE_INLINE [[gnu::always_inline]] inline

namespace tailrace::hash {
namespace {

struct v16 {
  __m512i x;

  TAILRACE_INLINE static __m128i quarter(const void* row) {
    return _mm_loadu_si128(static_cast<const __m128i*>(row));
  }
  template <class T>
  TAILRACE_INLINE static v16 gather(T* const* rows, std::size_t offset) {
    __m512i x = _mm512_castsi128_si512(quarter(rows[0] + offset));
    x = _mm512_inserti32x4(x, quarter(rows[4] + offset), 1);
    x = _mm512_inserti32x4(x, quarter(rows[8] + offset), 2);
    return {_mm512_inserti32x4(x, quarter(rows[12] + offset), 3)};
  }
  template <class T>
  TAILRACE_INLINE void scatter(T* const* rows, std::size_t offset) const {
    const auto store = [](T* row, __m128i v) {
      _mm_storeu_si128(static_cast<__m128i*>(static_cast<void*>(row)), v);
    };
    store(rows[0] + offset, _mm512_extracti32x4_epi32(x, 0));
    store(rows[4] + offset, _mm512_extracti32x4_epi32(x, 1));
    store(rows[8] + offset, _mm512_extracti32x4_epi32(x, 2));
    store(rows[12] + offset, _mm512_extracti32x4_epi32(x, 3));
  }
  TAILRACE_INLINE static v16 all(std::uint32_t word) {
    return {_mm512_set1_epi32(static_cast<int>(word))};
  }
};

TAILRACE_INLINE v16 big_endian(v16 a) {
  const __m128i order = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  return {_mm512_shuffle_epi8(a.x, _mm512_broadcast_i32x4(order))};
}
TAILRACE_INLINE v16 low32(v16 a, v16 b) {
  return {_mm512_unpacklo_epi32(a.x, b.x)};
}
TAILRACE_INLINE v16 high32(v16 a, v16 b) {
  return {_mm512_unpackhi_epi32(a.x, b.x)};
}
TAILRACE_INLINE v16 low64(v16 a, v16 b) {
  return {_mm512_unpacklo_epi64(a.x, b.x)};
}
TAILRACE_INLINE v16 high64(v16 a, v16 b) {
  return {_mm512_unpackhi_epi64(a.x, b.x)};
}
TAILRACE_INLINE v16 add(v16 a, v16 b) {
  return {_mm512_add_epi32(a.x, b.x)};
}
// The immediate is the function's truth table, for a = 0xf0, b = 0xcc, c = 0xaa.
TAILRACE_INLINE v16 exclusive_or(v16 a, v16 b, v16 c) {
  return {_mm512_ternarylogic_epi32(a.x, b.x, c.x, 0x96)};
}
TAILRACE_INLINE v16 choose(v16 a, v16 b, v16 c) {
  return {_mm512_ternarylogic_epi32(a.x, b.x, c.x, 0xca)};
}
TAILRACE_INLINE v16 majority(v16 a, v16 b, v16 c) {
  return {_mm512_ternarylogic_epi32(a.x, b.x, c.x, 0xe8)};
}
template <int N>
TAILRACE_INLINE v16 rotated(v16 a) {
  return {_mm512_ror_epi32(a.x, N)};
}
template <int N>
TAILRACE_INLINE v16 shifted(v16 a) {
  return {_mm512_srli_epi32(a.x, N)};
}

}  // namespace

void sha256_compress_avx512_x16(std::uint32_t* const* states, const std::byte* const* messages,
                                std::size_t blocks) noexcept {
  vector::compress<v16>(states, messages, blocks);
}

}  // namespace tailrace::hash
#endif
