// The values that labels can have: all bounded, all known before the first request.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tailrace::metrics {

// Names and values of one series' labels, in the order of families().
using labels = std::vector<std::pair<std::string, std::string>>;

// In the order of http::method.
inline constexpr std::array<std::string_view, 5> method_names{"GET", "HEAD", "POST", "OPTIONS",
                                                              "other"};

// Every status that we send, and 499 for a client that went away. Any other counts as "other".
inline constexpr std::array<unsigned, 24> statuses{200, 204, 304, 400, 401, 403, 404, 405,
                                                   408, 411, 413, 414, 415, 417, 422, 429,
                                                   431, 499, 500, 501, 502, 503, 504, 505};
inline constexpr std::size_t status_count = statuses.size() + 1;

// Index into `statuses`, or statuses.size() for "other".
constexpr std::size_t status_index(unsigned status) noexcept {
  for (std::size_t i = 0; i < statuses.size(); ++i)
    if (statuses[i] == status) return i;
  return statuses.size();
}

// Why a request or connection was turned away, mostly before any work was done for it.
enum class rejection : std::uint8_t {
  overload,     // requests-in-flight-max; a full short lane; no room to look up or to open
  connections,  // connections-max
  queue,        // the wait for a long thread would be, or was, too long, or its queue is full
  share,        // the same for a client that has its share of the queue
  memory,       // memory-budget-bytes
  deadline,     // would have been too late, or was when its turn came
  draining,
  client,  // connections-per-client-max
};
inline constexpr std::array<std::string_view, 8> rejection_names{
    "overload", "connections", "queue", "share", "memory", "deadline", "draining", "client"};

// How an item of a batch ended.
enum class item_outcome : std::uint8_t { ok, failed, cancelled };
inline constexpr std::array<std::string_view, 3> item_outcome_names{"ok", "failed", "cancelled"};

// How a TLS handshake with a client ended; `resumed` is a good one, too.
enum class handshake : std::uint8_t { failed, ok, resumed };
inline constexpr std::array<std::string_view, 3> handshake_names{"failed", "ok", "resumed"};

// The other side of bytes received or sent.
enum class peer : std::uint8_t { client, origin };
inline constexpr std::array<std::string_view, 2> peer_names{"client", "origin"};

// A route as the labels show it. `methods` has bit i for method i (of method_names) it allows.
struct route_labels {
  enum class kind : std::uint8_t {
    work,   // may fetch, compute, read a body: nearly every status can occur
    probe,  // answers at once
  };
  std::string_view name;
  unsigned methods = 0;
  kind type = kind::work;
};

// Whether a route can answer `method` with statuses[status]: those series exist from the start.
// `route` is null for requests that matched none.
bool can_occur(const route_labels* route, std::size_t method, std::size_t status) noexcept;

}  // namespace tailrace::metrics
