#include "metrics/process.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace tailrace::metrics {
namespace {

// /proc/self/stat after the command's name, which may hold anything, even ")": field 3 comes first.
std::string stat_fields() {
  std::ifstream in("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto end = text.rfind(')');
  return end == text.npos ? std::string() : text.substr(end + 1);
}

double boot_time() {
  std::ifstream in("/proc/stat");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  return 0;
}

// The folder's own descriptor is among those it lists.
double open_files() {
  std::error_code ec;
  std::filesystem::directory_iterator each("/proc/self/fd", ec);
  double count = -1;
  for (; !ec && each != std::filesystem::directory_iterator(); each.increment(ec)) ++count;
  return count < 0 ? 0 : count;
}

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
}

}  // namespace

process_figures read_process() {
  process_figures out;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0)
    out.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) out.max_fds = static_cast<double>(files.rlim_cur);
  out.open_fds = open_files();

  // proc(5): 20 threads, 22 start in clock ticks after boot, 23 virtual bytes, 24 resident pages.
  std::istringstream fields(stat_fields());
  std::string skipped;
  for (int field = 3; field < 20; ++field) fields >> skipped;
  double start = 0, pages = 0;
  if (fields >> out.threads >> skipped >> start >> out.virtual_bytes >> pages) {
    out.resident_bytes = pages * static_cast<double>(sysconf(_SC_PAGESIZE));
    out.start_time_seconds = boot_time() + start / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  return out;
}

}  // namespace tailrace::metrics
