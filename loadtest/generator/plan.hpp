// What a run does: the phases of its schedule, and the kinds of requests that are mixed in it. The
// command line and the plan files both come to this.
#pragma once
#include "loadtest/generator/expectation.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tailrace::load {

// Requests per second: far over what sockets carry, and low enough that to count what fell due,
// one by one, takes less time than it took to fall due.
inline constexpr double rate_max = 1e7;

enum class arrivals : std::uint8_t { constant, poisson };

struct phase {
  std::string name;
  std::chrono::nanoseconds length{};
  double rate = 0;       // requests per second; unused in a closed loop
  bool recorded = true;  // otherwise its requests are sent and counted nowhere
};

struct request_kind {
  std::string name;
  double weight = 1;
  std::string method;
  // Taken in turn. "{n}" behind the host becomes a number that no other request of the run has.
  std::vector<std::string> urls;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  expectation expect;
};

struct plan {
  bool closed = false;
  load::arrivals arrivals = arrivals::constant;
  std::uint64_t seed = 1;
  unsigned connections = 32;
  unsigned threads = 1;
  bool keepalive = true;
  std::chrono::milliseconds timeout{10'000};
  std::vector<phase> phases;
  std::vector<request_kind> kinds;

  std::chrono::nanoseconds length() const;
  // When a phase begins, as an offset from the start of the run.
  std::chrono::nanoseconds start_of(std::size_t phase) const;
  // How much of the first `elapsed` of a run belongs to recorded phases; what comes after the last
  // phase belongs to it.
  std::chrono::nanoseconds recorded_of(std::chrono::nanoseconds elapsed) const;
  // What still waits for a connection by then, from the start of the run, is never sent.
  std::chrono::nanoseconds cutoff() const { return length() + timeout; }
  // How many of the connections are those of worker number `worker`.
  unsigned connections_of(unsigned worker) const;
};

}  // namespace tailrace::load
