// What the machine, and the container on it, lets this process have. Read once at start; every
// function tolerates that files are missing (0 then means "no limit known").
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tailrace {

struct machine {
  unsigned affinity_cpus = 1;
  double cpu_quota = 0;            // CPUs by cgroup cpu.max; 0 = none
  std::uint64_t memory_limit = 0;  // bytes by cgroup; 0 = none
  std::uint64_t memory_total = 0;  // bytes of RAM; 0 = unknown
  std::uint64_t fd_limit = 0;      // open files; 0 = unlimited
};

using text_reader = std::function<std::optional<std::string>(const std::string& path)>;

machine read_machine();

// The limits that files tell of (all but affinity and open files), from any tree of files. The
// tightest limit counts of the cgroup and all groups above it; version 2, or 1 where it is not.
machine read_limits(const text_reader& read);

// CPU periods in which the cgroup was throttled, so far; 0 where there is no cgroup.
std::uint64_t throttled_periods(const text_reader& read);
std::uint64_t throttled_periods();

// Raises the limit of open files to what the process may have. Before read_machine().
void raise_fd_limit() noexcept;

}  // namespace tailrace
