// What one fetcher counts: written by its I/O thread, read by any (core/counter.hpp). metrics/
// sums them over threads and names them.
#pragma once
#include "core/counter.hpp"
#include "core/error.hpp"
#include "fetch/dns_answer.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace tailrace::fetch {

// How one open(), its body included, ended: the `outcome` label of upstream_requests_total.
enum class outcome : std::uint8_t {
  ok,
  not_found,
  refused,  // bad URLs too: no packet left
  dns,
  unreachable,
  tls,
  bad_response,
  incomplete,
  failed,
  timeout,
  too_large,
  abandoned,  // the body was not wanted to its end
  busy,       // as errc::origin_busy
  suspended,  // as errc::origin_suspended
  other,
};
inline constexpr std::array<std::string_view, 15> outcome_names{
    "ok",        "not_found",    "refused",    "dns",       "unreachable",
    "tls",       "bad_response", "incomplete", "failed",    "timeout",
    "too_large", "abandoned",    "busy",       "suspended", "other"};

constexpr outcome outcome_of(errc code) noexcept {
  switch (code) {
    case errc::source_not_found:
      return outcome::not_found;
    case errc::bad_url:
    case errc::source_refused:
      return outcome::refused;
    case errc::origin_dns:
      return outcome::dns;
    case errc::origin_unreachable:
      return outcome::unreachable;
    case errc::origin_tls:
      return outcome::tls;
    case errc::origin_bad_response:
      return outcome::bad_response;
    case errc::origin_incomplete:
      return outcome::incomplete;
    case errc::origin_failed:
      return outcome::failed;
    case errc::origin_timeout:
      return outcome::timeout;
    case errc::body_too_large:
      return outcome::too_large;
    case errc::client_gone:
      return outcome::abandoned;
    case errc::origin_busy:
      return outcome::busy;
    case errc::origin_suspended:
      return outcome::suspended;
    default:
      return outcome::other;
  }
}

// Where the addresses of a name came from: the `from` label of dns_lookups_total.
enum class dns_source : std::uint8_t {
  cache,   // answers that there is nothing included
  joined,  // a query that was under way
  query,
};
inline constexpr std::array<std::string_view, 3> dns_source_names{"cache", "joined", "query"};

// How one attempt to connect ended: the `outcome` label of connect_attempts_total.
enum class connect_outcome : std::uint8_t {
  connected,
  failed,
  abandoned,  // another address was faster, the time was up, or nobody waited any more
};
inline constexpr std::array<std::string_view, 3> connect_outcome_names{"connected", "failed",
                                                                       "abandoned"};

// How one TLS handshake ended: the `outcome` label of upstream_tls_handshakes_total.
enum class tls_outcome : std::uint8_t {
  ok,
  failed,
  abandoned,  // the time was up, or nobody waited any more
};
inline constexpr std::array<std::string_view, 3> tls_outcome_names{"ok", "failed", "abandoned"};

// Why a request was sent once more: the `reason` label of upstream_retries_total.
enum class retry : std::uint8_t {
  stale,        // a kept connection turned out to be closed
  unreachable,  // no connection, or one that ended without a byte of an answer
  status,       // 502, 503 or 504
  hedge,        // no answer for longer than usual: a second request beside the first
};
inline constexpr std::array<std::string_view, 4> retry_names{"stale", "unreachable", "status",
                                                             "hedge"};

struct stats {
  std::array<counter, outcome_names.size()> requests;
  gauge connections_idle;
  gauge connections_active;
  counter connections_opened;
  counter connections_reused;
  counter bytes_received;  // of HTTP, inside TLS
  counter bytes_sent;
  gauge turns;          // requests that have their turn at an origin
  gauge waiting;        // requests, for their turn
  gauge breakers_open;  // origins that are not asked, or tried with one request
  std::array<counter, retry_names.size()> retries;
  std::array<counter, tls_outcome_names.size()> tls_handshakes;
  counter tls_resumed;
  counter coalesced;    // fetches that joined another one's request
  counter left_behind;  // of those that shared one, fetched again alone

  std::array<counter, dns_source_names.size()> dns_lookups;
  std::array<counter, dns_outcome_names.size()> dns_queries;  // names, not packets
  gauge dns_cache_entries;
  std::array<counter, connect_outcome_names.size()> connect_attempts;

  void record(outcome o) noexcept { requests[static_cast<std::size_t>(o)].add(); }
  void record(dns_source s) noexcept { dns_lookups[static_cast<std::size_t>(s)].add(); }
  void record(dns_outcome o) noexcept { dns_queries[static_cast<std::size_t>(o)].add(); }
  void record(connect_outcome o) noexcept { connect_attempts[static_cast<std::size_t>(o)].add(); }

  void record(tls_outcome o) noexcept { tls_handshakes[static_cast<std::size_t>(o)].add(); }
  void record(retry r) noexcept { retries[static_cast<std::size_t>(r)].add(); }
  std::uint64_t count(retry r) const noexcept {
    return retries[static_cast<std::size_t>(r)].value();
  }
  std::uint64_t count(outcome o) const noexcept {
    return requests[static_cast<std::size_t>(o)].value();
  }
  std::uint64_t count(dns_source s) const noexcept {
    return dns_lookups[static_cast<std::size_t>(s)].value();
  }
  std::uint64_t count(dns_outcome o) const noexcept {
    return dns_queries[static_cast<std::size_t>(o)].value();
  }
  std::uint64_t count(connect_outcome o) const noexcept {
    return connect_attempts[static_cast<std::size_t>(o)].value();
  }
};

}  // namespace tailrace::fetch
