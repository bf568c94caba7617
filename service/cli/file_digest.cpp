#include "cli/file_digest.hpp"

#include <memory>

namespace tailrace::cli {

result<hash::digest_list> digest_file(const std::string& name,
                                      std::span<const hash::algorithm> algorithms,
                                      const cancel_flag& cancel, const stop_event& stop,
                                      std::atomic<std::uint64_t>& read) {
  constexpr std::size_t slice_bytes = 65536;
  auto file = input::open(name);
  if (file.has_error()) return file.error();
  const auto slice = std::make_unique_for_overwrite<std::byte[]>(slice_bytes);
  hash::hasher hasher(algorithms);
  while (!cancel.cancelled()) {
    const auto n = file->read_some({slice.get(), slice_bytes}, stop);
    if (n.has_error()) return n.error();
    if (*n == 0) return hasher.finish();
    hasher.update({slice.get(), *n});
    read.fetch_add(*n, std::memory_order_relaxed);
  }
  return error(errc::client_gone);
}

}  // namespace tailrace::cli
