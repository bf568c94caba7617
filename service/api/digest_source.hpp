// Digests a byte source while it arrives, in constant memory. A short message is hashed inline, a
// slice at a time; beyond hash-inline-bytes-max receiving and hashing overlap: while a worker
// hashes one slice, the next is received into another. Several that come fast at the same time, and
// of which only SHA-256 is wanted, are hashed together (api/hash_batcher.hpp).
#pragma once
#include "api/context.hpp"
#include "compute/hash/hasher.hpp"
#include "core/stage.hpp"
#include "io/byte_source.hpp"

#include <cstdint>
#include <span>

namespace tailrace::api {

struct digested {
  std::uint64_t bytes = 0;
  hash::digest_list digests;  // in the order asked for
};

// Digests bytes that are here at once: no more than hash-inline-bytes-max of them, which hold the
// I/O thread no longer than a slice of a stream does. Adds to the hash stage.
digested digest_now(context& c, std::span<const std::byte> bytes,
                    const hash::algorithm_list& algorithms, stage_times& stages);

// Adds to the download and hash stages, and what it waited for a worker to queue. Errors of the
// source are passed on; body_too_large beyond `bytes_max` (0 = no limit).
io::awaitable<result<digested>> digest_source(context& c, io::byte_source& source,
                                              const hash::algorithm_list& algorithms,
                                              std::uint64_t bytes_max, stage_times& stages);

// The same; at once when all of it is here and small.
io::awaitable<result<digested>> digest_opened(context& c, io::byte_source& source,
                                              const hash::algorithm_list& algorithms,
                                              std::uint64_t bytes_max, stage_times& stages);

// {"sha256":"…",…}, as every JSON answer has it.
void append_digests(std::string& json, const hash::digest_list& all);

// errc::digest_mismatch, with both digests, unless `all` holds what was expected.
result<void> check(const hash::expectation& expected, const hash::digest_list& all);

}  // namespace tailrace::api
