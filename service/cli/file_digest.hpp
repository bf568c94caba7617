// Digests a file in one go on a worker's thread: a file costs one hop however large it is, its
// slices are hashed where they were copied to, in the cache, and as many are read at a time as
// there are threads.
#pragma once
#include "cli/input.hpp"
#include "compute/hash/hasher.hpp"

#include <atomic>
#include <cstdint>
#include <span>
#include <string>

namespace tailrace::cli {

// The errors of input. `read` grows as bytes are. Looks at `cancel` between slices.
result<hash::digest_list> digest_file(const std::string& name,
                                      std::span<const hash::algorithm> algorithms,
                                      const cancel_flag& cancel, const stop_event& stop,
                                      std::atomic<std::uint64_t>& read);

}  // namespace tailrace::cli
