#include "core/resolve.hpp"

#include "core/counter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace tailrace {
namespace {

using std::to_string;

// Files that are neither client nor origin connections: listeners, logs, epoll, libraries.
constexpr std::uint64_t reserved_files = 256;
constexpr std::uint64_t connections_least = 16;
// Of origin content a CPU hashes in the order of 10,000 small pieces a second; with origins
// 100 ms away that many requests are waiting at any time (Little's law).
constexpr std::uint64_t requests_per_cpu = 1024;
// What net/ receives into beyond the largest head, and the connection itself.
constexpr std::uint64_t bytes_per_connection = 8 << 10;
// Two stream buffers of 64 KiB.
constexpr std::uint64_t bytes_per_request = 128 << 10;
constexpr unsigned short_jobs_per_thread = 1024;
// How long they wait is limited besides; this bounds what takes next to no time.
constexpr unsigned long_jobs_per_thread = 256;

std::string short_number(double value) {
  std::array<char, 32> room;
  std::snprintf(room.data(), room.size(), "%.4g", value);
  return room.data();
}

class resolver {
 public:
  resolver(settings values, const machine& on) : on_(on) { out_.values = std::move(values); }

  resolved run() {
    threads();
    memory();
    queues();
    requests();
    connections();
    warn();
    return std::move(out_);
  }

 private:
  template <class Number>
  void fill(Number& value, const char* name, std::uint64_t computed, std::string how) {
    if (value != 0) return;
    value = static_cast<Number>(computed);
    out_.derivations.emplace(name, std::move(how));
  }

  void threads() {
    auto how = "affinity " + to_string(on_.affinity_cpus);
    cpus_ = std::max(on_.affinity_cpus, 1U);
    if (on_.cpu_quota > 0) {
      cpus_ = std::min(cpus_, static_cast<unsigned>(std::ceil(std::min(on_.cpu_quota, 1e6))));
      how = "ceil(cpu.max " + short_number(on_.cpu_quota) + ") and " + how;
    }
    auto& v = out_.values;
    fill(v.io_threads, "io-threads", cpus_, how);
    fill(v.short_threads, "short-threads", cpus_, how);
    fill(v.long_threads, "long-threads", cpus_, how);
  }

  void memory() {
    auto limit = on_.memory_total;
    std::string how = "60 % of RAM " + to_string(limit);
    if (on_.memory_limit > 0 && (limit == 0 || on_.memory_limit < limit)) {
      limit = on_.memory_limit;
      how = "60 % of cgroup memory " + to_string(limit);
    }
    if (limit == 0) {
      limit = 1ULL << 30;
      how = "60 % of 1 GiB, the machine's memory being unknown";
    }
    memory_ = limit;
    fill(out_.values.memory_budget_bytes, "memory-budget-bytes", limit / 10 * 6, how);
  }

  void queues() {
    auto& v = out_.values;
    fill(v.short_queue_max, "short-queue-max",
         std::uint64_t{short_jobs_per_thread} * v.short_threads,
         to_string(short_jobs_per_thread) + " per short thread");
    fill(v.long_queue_max, "long-queue-max", std::uint64_t{long_jobs_per_thread} * v.long_threads,
         to_string(long_jobs_per_thread) + " per long thread");
    waits();
  }

  // A burst is allowed at least as much as what lasts, whichever of the two is given.
  void waits() {
    auto& v = out_.values;
    const auto objective = " slo-p99-ms " + to_string(v.slo_p99_ms);
    const unsigned half = std::max(v.slo_p99_ms / 2, 1U);
    const unsigned burst = v.long_queue_burst_wait_ms_max;
    if (burst != 0 && burst < half)
      fill(v.long_queue_wait_ms_max, "long-queue-wait-ms-max", burst,
           "no more than long-queue-burst-wait-ms-max");
    fill(v.long_queue_wait_ms_max, "long-queue-wait-ms-max", half, "half of" + objective);
    if (v.long_queue_wait_ms_max > v.slo_p99_ms * 2)
      fill(v.long_queue_burst_wait_ms_max, "long-queue-burst-wait-ms-max", v.long_queue_wait_ms_max,
           "no less than long-queue-wait-ms-max");
    fill(v.long_queue_burst_wait_ms_max, "long-queue-burst-wait-ms-max", v.slo_p99_ms * 2,
         "twice" + objective);
  }

  void requests() {
    auto& v = out_.values;
    std::uint64_t most = requests_per_cpu * cpus_;
    std::string how = to_string(requests_per_cpu) + " per CPU";
    const auto at_most = [&](std::uint64_t limit, const char* reason) {
      if (limit >= most) return;
      most = limit;
      how = reason;
    };
    at_most(v.memory_budget_bytes / bytes_per_request, "memory budget / 128 KiB");
    if (on_.fd_limit > 0) at_most(free_files() / 4, "a quarter of the open files");
    fill(v.requests_in_flight_max, "requests-in-flight-max",
         std::clamp<std::uint64_t>(most, connections_least, 1'000'000), how);
  }

  void connections() {
    auto& v = out_.values;
    // Every request in flight may hold an origin connection, and the pools keep idle ones.
    const auto origin =
        v.requests_in_flight_max + std::uint64_t{v.origin_idle_connections_max} * v.io_threads;
    const auto files = free_files();
    if (on_.fd_limit > 0)
      lower_connections(files > origin ? files - origin : 0,
                        "open files " + to_string(on_.fd_limit) + " - origin connections " +
                            to_string(origin) + " - " + to_string(reserved_files));
    // Each may hold a receive buffer, which the budget does not cover.
    const auto rest = std::max(memory_ - std::min(memory_, v.memory_budget_bytes), memory_ / 10);
    lower_connections(rest / (v.header_bytes_max + bytes_per_connection),
                      "memory beside the budget " + to_string(rest) + " / (header-bytes-max + " +
                          to_string(bytes_per_connection) + ")");
  }

  void lower_connections(std::uint64_t left, const std::string& how) {
    auto& v = out_.values;
    left = std::max(left, connections_least);
    if (v.connections_max <= left) return;
    out_.warnings.push_back("connections-max lowered from " + to_string(v.connections_max) +
                            " to " + to_string(left) + ": " + how);
    v.connections_max = static_cast<unsigned>(left);
    out_.derivations["connections-max"] = how;
  }

  void warn() {
    const auto& v = out_.values;
    if (v.memory_budget_bytes < v.image_bytes_max)
      out_.warnings.push_back("memory-budget-bytes " + to_string(v.memory_budget_bytes) +
                              " is below image-bytes-max " + to_string(v.image_bytes_max) +
                              ": images of that size will be refused");
    const auto objective = v.slo_p99_ms / 1000.0;
    const bool bound = std::any_of(duration_bounds.begin(), duration_bounds.end(),
                                   [&](double b) { return std::abs(b - objective) < 1e-9; });
    if (!bound)
      out_.warnings.push_back("slo-p99-ms " + to_string(v.slo_p99_ms) +
                              " is no bound of the latency histogram: latency alerts cannot fire");
  }

  std::uint64_t free_files() const {
    return on_.fd_limit > reserved_files ? on_.fd_limit - reserved_files : 0;
  }

  const machine& on_;
  unsigned cpus_ = 1;
  std::uint64_t memory_ = 0;
  resolved out_;
};

}  // namespace

resolved resolve(settings values, const machine& on) {
  return resolver(std::move(values), on).run();
}

}  // namespace tailrace
