// Digests a byte source while it arrives, in constant memory. A short message is hashed inline, a
// slice at a time; beyond hash-inline-bytes-max receiving and hashing overlap: while a worker
// hashes one slice, the next is received into another.
#pragma once
#include "api/context.hpp"
#include "compute/hash/hasher.hpp"
#include "core/stage.hpp"
#include "io/byte_source.hpp"

#include <cstdint>
#include <vector>

namespace tailrace::api {

struct digested {
  std::uint64_t bytes = 0;
  std::vector<hash::digest> digests;  // in the order asked for
  bool overlapped = false;            // the hash stage ran beside the download stage
};

// Adds to the download and hash stages. Errors of the source are passed on; body_too_large beyond
// `bytes_max` (0 = no limit).
io::awaitable<result<digested>> digest_source(context& c, io::byte_source& source,
                                              const std::vector<hash::algorithm>& algorithms,
                                              std::uint64_t bytes_max, stage_times& stages);

// errc::digest_mismatch, with both digests, unless `all` holds what was expected.
result<void> check(const hash::expectation& expected, const std::vector<hash::digest>& all);

}  // namespace tailrace::api
