#include "core/machine.hpp"

#include <map>
#include <string>

#include "tests/support/catch.hpp"

namespace tailrace {
namespace {

text_reader files(std::map<std::string, std::string> content) {
  return [content = std::move(content)](const std::string& path) -> std::optional<std::string> {
    const auto at = content.find(path);
    if (at == content.end()) return {};
    return at->second;
  };
}

}  // namespace

TEST_CASE("machine: a container with cgroup version 2") {
  const auto m = read_limits(files({{"/proc/self/cgroup", "0::/\n"},
                                    {"/proc/meminfo", "MemFree: 1 kB\nMemTotal:  2048 kB\n"},
                                    {"/sys/fs/cgroup/cpu.max", "150000 100000\n"},
                                    {"/sys/fs/cgroup/memory.max", "536870912\n"}}));
  CHECK(m.cpu_quota == Approx(1.5));
  CHECK(m.memory_limit == 536870912);
  CHECK(m.memory_total == 2048 * 1024);
}

TEST_CASE("machine: the tightest limit counts of a group and those above it") {
  const auto m = read_limits(files({{"/proc/self/cgroup", "0::/a.slice/b.service\n"},
                                    {"/sys/fs/cgroup/a.slice/b.service/cpu.max", "max 100000\n"},
                                    {"/sys/fs/cgroup/a.slice/b.service/memory.max", "4000\n"},
                                    {"/sys/fs/cgroup/a.slice/cpu.max", "50000 100000\n"},
                                    {"/sys/fs/cgroup/a.slice/memory.max", "5000\n"}}));
  CHECK(m.cpu_quota == Approx(0.5));
  CHECK(m.memory_limit == 4000);
}

TEST_CASE("machine: no limit is none") {
  const auto m = read_limits(files({{"/proc/self/cgroup", "0::/\n"},
                                    {"/sys/fs/cgroup/cpu.max", "max 100000\n"},
                                    {"/sys/fs/cgroup/memory.max", "max\n"}}));
  CHECK(m.cpu_quota == 0);
  CHECK(m.memory_limit == 0);
  CHECK(read_limits(files({})).memory_total == 0);
}

TEST_CASE("machine: cgroup version 1") {
  const auto m = read_limits(
      files({{"/proc/self/cgroup", "5:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n0::/docker/x\n"},
             {"/sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us", "250000\n"},
             {"/sys/fs/cgroup/cpu/docker/x/cpu.cfs_period_us", "100000\n"},
             {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
             {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"},
             {"/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", "1000000\n"},
             {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"}}));
  CHECK(m.cpu_quota == Approx(2.5));
  CHECK(m.memory_limit == 1000000);
}

TEST_CASE("machine: throttled periods from either version") {
  CHECK(throttled_periods(
            files({{"/proc/self/cgroup", "0::/x\n"},
                   {"/sys/fs/cgroup/x/cpu.stat",
                    "usage_usec 5\nnr_periods 9\nnr_throttled 7\nthrottled_usec 3\n"}})) == 7);
  CHECK(throttled_periods(
            files({{"/proc/self/cgroup", "4:cpu,cpuacct:/\n"},
                   {"/sys/fs/cgroup/cpu/cpu.stat", "nr_periods 9\nnr_throttled 8\n"}})) == 8);
  CHECK(throttled_periods(files({})) == 0);
}

TEST_CASE("machine: this one has a CPU and some memory") {
  const auto m = read_machine();
  CHECK(m.affinity_cpus >= 1);
  CHECK(m.memory_total > 1 << 20);
}

}  // namespace tailrace
