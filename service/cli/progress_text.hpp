// How far it is, on one line. Pure.
#pragma once
#include "core/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace tailrace::cli {

struct progress_state {
  std::uint64_t items = 0;        // done
  std::uint64_t items_total = 0;  // 0: not known
  std::uint64_t bytes = 0;
  std::uint64_t bytes_total = 0;  // 0: not known
  duration spent{};
};

// "[=====>     ]  12/40  1.2 GB of 3.4 GB  850 MB/s", as much of it as fits into `columns`: the
// bar, where a total is known, gives way first.
std::string progress_text(const progress_state& at, std::size_t columns);

// "999 B", "1.0 kB", "12.3 MB": powers of 1000.
std::string readable_bytes(double n);

}  // namespace tailrace::cli
