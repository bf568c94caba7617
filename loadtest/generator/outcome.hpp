// One request of a run: what the schedule asked for, and what became of it.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::load {

enum class ending : std::uint8_t {
  ok,
  refused,       // an answer that the plan lists as a refusal: neither a success nor an error
  status,        // a whole answer with a status that nobody wants
  content,       // the right status, but not what it should have brought
  connect,       // no connection
  timeout,       // no whole response in time
  reset,         // the connection ended before the first byte of the response
  truncated,     // it ended in the middle of the response
  bad_response,  // not HTTP, contradictory framing, or bytes that nobody asked for
  unsent,        // no connection became free before the run ended
};
inline constexpr std::size_t ending_count = static_cast<std::size_t>(ending::unsent) + 1;
inline constexpr auto first_error = static_cast<std::size_t>(ending::status);

std::string_view name_of(ending e) noexcept;

// Was there a whole response?
constexpr bool answered(ending e) noexcept {
  return e <= ending::content;
}

// A request as the schedule deals it out.
struct ticket {
  using time_point = std::chrono::steady_clock::time_point;

  time_point scheduled;
  std::size_t phase = 0;
  std::size_t kind = 0;
  std::uint64_t number = 0;  // counted over all workers
};

// Had it to wait for the connection that takes it, which is idle since then?
constexpr bool waited(const ticket& t, ticket::time_point idle_since) noexcept {
  return idle_since > t.scheduled;
}

struct outcome {
  using time_point = load::ticket::time_point;

  load::ticket ticket;
  ending how = ending::ok;
  unsigned status = 0;
  std::string fault;      // with ending::content: what was wrong
  std::size_t check = 0;  // and by which of the checks of its kind that was found
  time_point begun;       // when a connection took it
  time_point finished;
  bool queued = false;  // it had to wait for a connection
  std::uint64_t body_bytes = 0;
  std::uint64_t sent_bytes = 0;
};

}  // namespace tailrace::load
