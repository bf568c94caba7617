// The block function of SHA-256 (FIPS 180-4, 6.2.2) for several messages at once, one for each
// instruction set that is worth it. Each is in a file that is compiled for its instructions, and
// may be called only where the CPU has them: sha256_kernel.hpp knows. x86-64 only.
//
// Lane i reads `blocks` blocks of 64 bytes from messages[i] into the eight words at states[i].
// All lanes are used; messages may overlap, and states that nobody wants.
//
// This header and those files include nothing whose inline functions the linker might share with
// the rest of the program: they would be compiled for instructions that the CPU may not have.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tailrace::hash {

using sha256_compress = void(std::uint32_t* const* states, const std::byte* const* messages,
                             std::size_t blocks) noexcept;

sha256_compress sha256_compress_avx512_x16;
sha256_compress sha256_compress_avx2_x8;
sha256_compress sha256_compress_sha_ni_x4;
sha256_compress sha256_compress_sha_ni_x2;

}  // namespace tailrace::hash
