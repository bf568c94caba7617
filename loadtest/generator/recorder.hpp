// What became of the requests: counts by kind and status, bytes, and latencies. A plain value
// that merges, so that each worker fills its own and nobody shares one.
#pragma once
#include "loadtest/generator/histogram.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>

namespace tailrace::load {

enum class ending : std::uint8_t {
  answered,      // a whole response; whether its status is a good one is judged by the recorder
  connect,       // no connection
  timeout,       // no whole response in time
  reset,         // the connection ended before the first byte of the response
  truncated,     // it ended in the middle of the response
  bad_response,  // not HTTP, contradictory framing, or bytes that nobody asked for
  unsent,        // no connection became free before the run ended
};
inline constexpr std::size_t ending_count = static_cast<std::size_t>(ending::unsent) + 1;
std::string_view name_of(ending e) noexcept;

struct outcome {
  using time_point = std::chrono::steady_clock::time_point;

  ending how = ending::answered;
  unsigned status = 0;
  time_point scheduled;  // when the schedule wanted it sent
  time_point begun;      // when a connection took it
  time_point finished;
  bool queued = false;  // it had to wait for a connection
  std::uint64_t body_bytes = 0;
  std::uint64_t sent_bytes = 0;
};

// Which statuses count as success: all below 400 unless set otherwise.
using status_set = std::array<bool, 1000>;
status_set default_successes();

class recorder {
 public:
  explicit recorder(const status_set& successes) : successes_(&successes) {}

  void add(const outcome& o);
  void merge(const recorder& other);
  void clear();

  std::uint64_t total() const noexcept { return all_.count(); }
  std::uint64_t answered() const noexcept { return count(ending::answered); }
  std::uint64_t succeeded() const noexcept { return ok_.count(); }
  std::uint64_t errors() const noexcept { return total() - succeeded(); }
  std::uint64_t bad_status() const noexcept { return answered() - succeeded(); }
  std::uint64_t count(ending e) const noexcept { return endings_[static_cast<std::size_t>(e)]; }
  const std::map<unsigned, std::uint64_t>& statuses() const noexcept { return statuses_; }
  std::uint64_t body_bytes() const noexcept { return body_bytes_; }
  std::uint64_t sent_bytes() const noexcept { return sent_bytes_; }
  outcome::time_point last_finished() const noexcept { return last_finished_; }

  // From the schedule to the last byte: of the successes, and of every request, where a failed
  // one counts with the time until it was given up (a lower bound of what it would have taken).
  const histogram& ok() const noexcept { return ok_; }
  const histogram& all() const noexcept { return all_; }
  // From the moment a connection took it: what a closed-loop tool would have called the latency.
  const histogram& service() const noexcept { return service_; }
  // How late the generator itself was for requests that found a connection idle: its own error.
  const histogram& lateness() const noexcept { return lateness_; }

 private:
  const status_set* successes_;
  std::array<std::uint64_t, ending_count> endings_{};
  std::map<unsigned, std::uint64_t> statuses_;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;
  outcome::time_point last_finished_{};
  histogram ok_;
  histogram all_;
  histogram service_;
  histogram lateness_;
};

}  // namespace tailrace::load
