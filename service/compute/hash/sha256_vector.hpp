// SHA-256 of V::lanes messages at once: lane i of every vector belongs to message i, and the whole
// message schedule is kept in registers. What instructions that takes, V knows:
//
//   gather(rows, offset)  lane 4q + j is word j of the 16 bytes at rows[4q] + offset, for all q
//   scatter(rows, offset) the opposite
//   big_endian()          the bytes of each word the other way round
//   add, exclusive_or, choose, majority (FIPS 180-4, 4.1.2), rotated and shifted right by N
//   low32, high32, low64, high64: the unpack instructions, on each 128 bits
#pragma once
#include "compute/hash/sha256_constants.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace tailrace::hash::vector {

// The 4 x 4 words of each 128 bits of four vectors, transposed. Its own inverse.
template <class V>
[[gnu::always_inline]] inline void transpose(V (&rows)[4]) {
  const V a = low32(rows[0], rows[1]), b = high32(rows[0], rows[1]);
  const V c = low32(rows[2], rows[3]), d = high32(rows[2], rows[3]);
  rows[0] = low64(a, c);
  rows[1] = high64(a, c);
  rows[2] = low64(b, d);
  rows[3] = high64(b, d);
}

// Four words of each lane's message or state, from `offset` bytes on.
template <class V, class Byte>
[[gnu::always_inline]] inline void load(V (&words)[4], Byte* const* lanes, std::size_t offset) {
  words[0] = V::gather(lanes, offset);
  words[1] = V::gather(lanes + 1, offset);
  words[2] = V::gather(lanes + 2, offset);
  words[3] = V::gather(lanes + 3, offset);
}

// Round I + 16 n, which replaces w[I] by the word that round I + 16 (n + 1) needs. From e to the
// new e, and from a to the new a, it takes three operations in a row, which is the least; that
// costs two additions more than the textbook's form. Where a vector operation takes two cycles
// (Zen 5) that makes 5.8 GB/s of 5.1. The order of the lines decides which registers are spilled.
template <class V, std::size_t I>
[[gnu::always_inline]] inline void round(V (&s)[8], V (&w)[16], const std::uint32_t* k, bool more) {
  const V a = s[(16 - I) % 8], b = s[(17 - I) % 8], c = s[(18 - I) % 8];
  const V e = s[(20 - I) % 8], f = s[(21 - I) % 8], g = s[(22 - I) % 8];
  V& d = s[(19 - I) % 8];
  V& h = s[(23 - I) % 8];
  const V hkw = add(h, add(w[I], V::all(k[I])));
  const V chosen = choose(e, f, g);
  const V sum1 = exclusive_or(rotated<6>(e), rotated<11>(e), rotated<25>(e));
  d = add(add(add(d, hkw), chosen), sum1);
  const V t1 = add(add(hkw, chosen), sum1);
  h = add(add(t1, majority(a, b, c)), exclusive_or(rotated<2>(a), rotated<13>(a), rotated<22>(a)));
  if (!more) return;
  const V w1 = w[(I + 1) % 16], w14 = w[(I + 14) % 16];
  const V sigma0 = exclusive_or(rotated<7>(w1), rotated<18>(w1), shifted<3>(w1));
  const V sigma1 = exclusive_or(rotated<17>(w14), rotated<19>(w14), shifted<10>(w14));
  w[I] = add(add(add(w[I], w[(I + 9) % 16]), sigma0), sigma1);
}

// Unrolled by hand, as the compiler keeps s and w in registers only when no index is left.
template <class V, std::size_t... I>
[[gnu::always_inline]] inline void rounds(V (&s)[8], V (&w)[16], const std::uint32_t* k, bool more,
                                          std::index_sequence<I...>) {
  (round<V, I>(s, w, k, more), ...);
}

template <class V>
[[gnu::always_inline]] inline void block(V (&s)[8], const std::byte* const* messages,
                                         std::size_t offset) {
  V w[16];
  for (std::size_t i = 0; i < 4; ++i) {
    V words[4];
    load(words, messages, offset + 16 * i);
    transpose(words);
    for (std::size_t j = 0; j < 4; ++j) w[4 * i + j] = big_endian(words[j]);
  }
  constexpr std::make_index_sequence<16> sixteen;
  rounds(s, w, sha256_k, true, sixteen);
  rounds(s, w, sha256_k + 16, true, sixteen);
  rounds(s, w, sha256_k + 32, true, sixteen);
  rounds(s, w, sha256_k + 48, false, sixteen);
}

template <class V>
[[gnu::always_inline]] inline void compress(std::uint32_t* const* states,
                                            const std::byte* const* messages, std::size_t blocks) {
  V s[8];
  for (std::size_t i = 0; i < 2; ++i) {
    V words[4];
    load(words, states, 4 * i);
    transpose(words);
    for (std::size_t j = 0; j < 4; ++j) s[4 * i + j] = words[j];
  }
  for (std::size_t n = 0; n < blocks; ++n) {
    V t[8];
    for (std::size_t i = 0; i < 8; ++i) t[i] = s[i];
    block(t, messages, 64 * n);
    for (std::size_t i = 0; i < 8; ++i) s[i] = add(s[i], t[i]);
  }
  for (std::size_t i = 0; i < 2; ++i) {
    V words[4] = {s[4 * i], s[4 * i + 1], s[4 * i + 2], s[4 * i + 3]};
    transpose(words);
    for (std::size_t j = 0; j < 4; ++j) words[j].scatter(states + j, 4 * i);
  }
}

}  // namespace tailrace::hash::vector
