// What the name servers, or the hosts file, said about a name. Pure values.
#pragma once
#include "core/clock.hpp"
#include "core/error.hpp"
#include "io/network.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::fetch {

using io::address;

// How a query ended: the `outcome` label of dns_queries_total.
enum class dns_outcome : std::uint8_t {
  found,
  absent,   // the name, or any address of it, does not exist
  failed,   // refused, broken, or no name server could be asked
  timeout,  // none answered
};
inline constexpr std::array<std::string_view, 4> dns_outcome_names{"found", "absent", "failed",
                                                                   "timeout"};

struct dns_answer {
  dns_outcome outcome = dns_outcome::failed;
  std::vector<address> addresses;  // of a name that was found, never empty then
  duration ttl{};                  // the shortest one of all records that led to them
  bool partial = false;            // one family of addresses is missing, and may exist
  std::string why;                 // of one that was not found
};

// Addresses kept of each family: the size of an answer is up to whoever owns the name, and every
// address may come to hold a socket. So many of both have their turn within connect-timeout-ms,
// as it is by default, even if they all hang (happy_eyeballs.hpp).
inline constexpr std::size_t addresses_max = 4;

// One answer from those for IPv4 and IPv6 addresses. Found when either is; absent only when both
// are, since a failure says nothing about the name.
dns_answer merged(dns_answer v4, dns_answer v6);

// As the fetcher's callers see it: origin_dns, or origin_timeout.
result<std::vector<address>> addresses_of(const dns_answer& a);

}  // namespace tailrace::fetch
