#include "fetch/dns_answer.hpp"

#include <algorithm>

namespace tailrace::fetch {
namespace {

bool leaves_open(const dns_answer& a) noexcept {
  return a.outcome == dns_outcome::failed || a.outcome == dns_outcome::timeout;
}

}  // namespace

dns_answer merged(dns_answer v4, dns_answer v6) {
  const bool four = v4.outcome == dns_outcome::found;
  const bool six = v6.outcome == dns_outcome::found;
  if (four && six) {
    v6.ttl = std::min(v4.ttl, v6.ttl);
    v6.addresses.insert(v6.addresses.end(), v4.addresses.begin(), v4.addresses.end());
    return v6;
  }
  dns_answer& one = four || (!six && leaves_open(v4)) ? v4 : v6;
  const dns_answer& other = &one == &v4 ? v6 : v4;
  one.partial = (four || six) && leaves_open(other);
  return std::move(one);
}

result<std::vector<address>> addresses_of(const dns_answer& a) {
  switch (a.outcome) {
    case dns_outcome::found:
      return a.addresses;
    case dns_outcome::timeout:
      return error(errc::origin_timeout, "the name servers do not answer");
    default:
      return error(errc::origin_dns, "the host's name has no address: " + a.why);
  }
}

}  // namespace tailrace::fetch
