// Reads a whole source into memory, within a size limit and the process's memory budget. The budget
// is asked as the bytes arrive: an announcement alone reserves one small piece.
#pragma once
#include "admission/budget.hpp"
#include "api/context.hpp"
#include "compute/hash/hasher.hpp"
#include "core/stage.hpp"
#include "io/byte_source.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace tailrace::api {

struct collected {
  std::span<const std::byte> bytes() const noexcept { return {storage.get(), size}; }

  std::unique_ptr<std::byte[]> storage;
  std::size_t size = 0;
  admission::budget::permit memory;  // for what has arrived
};

// `digest`, unless null, is fed as the bytes arrive. Errors: the source's; body_too_large beyond
// `bytes_max`, which is the setting `limit`; memory_exhausted. Adds to the download and hash
// stages.
io::awaitable<result<collected>> collect(context& c, io::byte_source& source,
                                         std::uint64_t bytes_max, std::string_view limit,
                                         hash::hasher* digest, stage_times& stages);

}  // namespace tailrace::api
