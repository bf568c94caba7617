#include "fetch/ares_answer.hpp"

#include <algorithm>
#include <cstring>
#include <netinet/in.h>
#include <optional>

namespace tailrace::fetch {
namespace {

dns_outcome outcome_of_status(int status) noexcept {
  switch (status) {
    case ARES_SUCCESS:
      return dns_outcome::found;
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
      return dns_outcome::absent;
    case ARES_ETIMEOUT:
      return dns_outcome::timeout;
    default:
      return dns_outcome::failed;
  }
}

std::optional<address> address_of(const ares_addrinfo_node& n) {
  if (n.ai_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, n.ai_addr, sizeof in);
    return io::address_v4(ntohl(in.sin_addr.s_addr));
  }
  if (n.ai_family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, n.ai_addr, sizeof in);
    io::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return io::address_v6(bytes);
  }
  return std::nullopt;
}

}  // namespace

dns_answer answer_of(int status, const ares_addrinfo* info) {
  dns_answer a;
  a.outcome = outcome_of_status(status);
  if (a.outcome != dns_outcome::found || info == nullptr) {
    a.why = ares_strerror(status);
    return a;
  }
  int ttl = INT32_MAX;
  for (const auto* n = info->nodes; n != nullptr && a.addresses.size() < addresses_max;
       n = n->ai_next) {
    if (const auto found = address_of(*n)) a.addresses.push_back(*found);
    ttl = std::min(ttl, n->ai_ttl);
  }
  // A name that leads to another one does so for no longer than it says.
  for (const auto* c = info->cnames; c != nullptr; c = c->next) ttl = std::min(ttl, c->ttl);
  a.ttl = std::chrono::seconds(std::max(ttl, 0));
  if (a.addresses.empty()) {
    a.outcome = dns_outcome::absent;
    a.why = ares_strerror(ARES_ENODATA);
  }
  return a;
}

}  // namespace tailrace::fetch
