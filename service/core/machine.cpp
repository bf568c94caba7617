#include "core/machine.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <sys/resource.h>
#include <vector>

namespace tailrace {
namespace {

const std::string mount = "/sys/fs/cgroup";

std::optional<std::string> read_text(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return {};
  return text.str();
}

template <class Number>
std::optional<Number> number_of(const std::optional<std::string>& text) {
  Number value{};
  if (!text) return {};
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (failure != std::errc{}) return {};
  return value;
}

// The value of `key` in lines of "key value" or "key: value".
std::uint64_t value_after(const std::optional<std::string>& text, const std::string& key) {
  std::istringstream lines(text.value_or(""));
  std::string word;
  std::uint64_t value = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    if (words >> word >> value && word == key) return value;
  }
  return 0;
}

// The process's group in /proc/self/cgroup: "0::/path" in version 2, "4:cpu,cpuacct:/path" in 1.
std::optional<std::string> group_of(const text_reader& read, const std::string& controller) {
  std::istringstream lines(read("/proc/self/cgroup").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    std::istringstream names(line.substr(first + 1, second - first - 1));
    if (controller.empty() && second == first + 1) return line.substr(second + 1);
    for (std::string name; std::getline(names, name, ',');)
      if (name == controller) return line.substr(second + 1);
  }
  return {};
}

// The folder of the group and those of all groups above it. In a container the path is that of
// the host or "/", so folders may be missing: reading then finds nothing and the root remains.
std::vector<std::string> folders(const std::string& base, std::string group) {
  std::vector<std::string> out;
  while (group.size() > 1) {
    out.push_back(base + group);
    group.resize(group.rfind('/'));
  }
  out.push_back(base);
  return out;
}

void tighten(double& limit, double found) {
  if (found > 0 && (limit == 0 || found < limit)) limit = found;
}

void tighten(std::uint64_t& limit, std::uint64_t found) {
  if (found > 0 && (limit == 0 || found < limit)) limit = found;
}

void read_version_2(const text_reader& read, const std::string& group, machine& out) {
  for (const auto& folder : folders(mount, group)) {
    if (const auto text = read(folder + "/cpu.max")) {
      std::istringstream words(*text);
      double quota = 0, period = 0;
      if (words >> quota >> period && period > 0) tighten(out.cpu_quota, quota / period);
    }
    tighten(out.memory_limit, number_of<std::uint64_t>(read(folder + "/memory.max")).value_or(0));
  }
}

void read_version_1(const text_reader& read, machine& out) {
  for (const auto& folder : folders(mount + "/cpu", group_of(read, "cpu").value_or(""))) {
    const auto quota = number_of<std::int64_t>(read(folder + "/cpu.cfs_quota_us")).value_or(0);
    const auto period = number_of<std::int64_t>(read(folder + "/cpu.cfs_period_us")).value_or(0);
    if (quota > 0 && period > 0)
      tighten(out.cpu_quota, static_cast<double>(quota) / static_cast<double>(period));
  }
  // Without a limit version 1 shows the largest multiple of a page: no limit that anyone set.
  constexpr std::uint64_t unlimited = 1ULL << 62;
  for (const auto& folder : folders(mount + "/memory", group_of(read, "memory").value_or(""))) {
    const auto limit = number_of<std::uint64_t>(read(folder + "/memory.limit_in_bytes"));
    if (limit && *limit < unlimited) tighten(out.memory_limit, *limit);
  }
}

}  // namespace

machine read_limits(const text_reader& read) {
  machine out;
  out.memory_total = value_after(read("/proc/meminfo"), "MemTotal:") * 1024;
  const auto group = group_of(read, "");
  if (group) read_version_2(read, *group, out);
  if (out.cpu_quota == 0 && out.memory_limit == 0) read_version_1(read, out);
  return out;
}

std::uint64_t throttled_periods(const text_reader& read) {
  const auto unified = group_of(read, "");
  auto candidates = folders(mount, unified.value_or(""));
  for (auto& folder : folders(mount + "/cpu", group_of(read, "cpu").value_or("")))
    candidates.push_back(std::move(folder));
  for (const auto& folder : candidates) {
    const auto text = read(folder + "/cpu.stat");
    if (text && text->find("nr_throttled") != text->npos) return value_after(text, "nr_throttled");
  }
  return 0;
}

std::uint64_t throttled_periods() {
  return throttled_periods(read_text);
}

machine read_machine() {
  auto out = read_limits(read_text);
  cpu_set_t cpus;
  if (sched_getaffinity(0, sizeof cpus, &cpus) == 0)
    out.affinity_cpus = static_cast<unsigned>(std::max(CPU_COUNT(&cpus), 1));
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY)
    out.fd_limit = files.rlim_cur;
  return out;
}

void raise_fd_limit() noexcept {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace tailrace
