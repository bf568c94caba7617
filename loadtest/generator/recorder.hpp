// What became of requests: counts by ending and status, bytes, and latencies. Plain values that
// merge, so that each worker fills its own and nobody shares one.
#pragma once
#include "loadtest/generator/histogram.hpp"
#include "loadtest/generator/outcome.hpp"

#include <array>
#include <cstdint>
#include <map>

namespace tailrace::load {

class recorder {
 public:
  // The schedule wanted one more; its outcome is added when it has one.
  void offer() noexcept { ++offered_; }
  void add(const outcome& o);
  void merge(const recorder& other);

  std::uint64_t offered() const noexcept { return offered_; }
  std::uint64_t count(ending e) const noexcept { return endings_[static_cast<std::size_t>(e)]; }
  std::uint64_t total() const noexcept { return all_.count(); }
  std::uint64_t answered() const noexcept;
  std::uint64_t succeeded() const noexcept { return count(ending::ok); }
  std::uint64_t refused() const noexcept { return count(ending::refused); }
  std::uint64_t errors() const noexcept { return total() - succeeded() - refused(); }
  const std::map<unsigned, std::uint64_t>& statuses() const noexcept { return statuses_; }
  std::uint64_t body_bytes() const noexcept { return body_bytes_; }
  std::uint64_t sent_bytes() const noexcept { return sent_bytes_; }

  // From the schedule to the last byte: of the successes, of the refusals, and of every request,
  // where a failed one counts with the time until it was given up (a lower bound of what it would
  // have taken).
  const histogram& ok() const noexcept { return ok_; }
  const histogram& refusals() const noexcept { return refusals_; }
  const histogram& all() const noexcept { return all_; }
  // From the moment a connection took it: what a closed-loop tool would have called the latency.
  const histogram& service() const noexcept { return service_; }

 private:
  std::uint64_t offered_ = 0;
  std::array<std::uint64_t, ending_count> endings_{};
  std::map<unsigned, std::uint64_t> statuses_;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;
  histogram ok_;
  histogram refusals_;
  histogram all_;
  histogram service_;
};

// The same in few numbers, for one second.
struct tally {
  std::uint64_t offered = 0;
  std::uint64_t ok = 0;
  std::uint64_t refused = 0;
  std::uint64_t errors = 0;
  histogram latency;  // from the schedule; of which requests, its owner decides

  std::uint64_t ended() const noexcept { return ok + refused + errors; }
  void count(ending e) noexcept;
  void merge(const tally& other);
};

struct tally_summary {
  tally_summary() = default;
  explicit tally_summary(const tally& t);

  std::uint64_t offered = 0;
  std::uint64_t ok = 0;
  std::uint64_t refused = 0;
  std::uint64_t errors = 0;
  histogram::nanoseconds p50{}, p99{}, max{};
};

}  // namespace tailrace::load
