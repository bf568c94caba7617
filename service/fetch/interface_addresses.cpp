#include "fetch/interface_addresses.hpp"

#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>

namespace tailrace::fetch {

namespace ip = boost::asio::ip;

std::vector<ip::address> interface_addresses() {
  std::vector<ip::address> all;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return all;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
  for (const ifaddrs* i = list; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr) continue;
    if (i->ifa_addr->sa_family == AF_INET) {
      const auto* in = reinterpret_cast<const sockaddr_in*>(i->ifa_addr);
      all.emplace_back(ip::address_v4(ntohl(in->sin_addr.s_addr)));
    } else if (i->ifa_addr->sa_family == AF_INET6) {
      const auto* in = reinterpret_cast<const sockaddr_in6*>(i->ifa_addr);
      ip::address_v6::bytes_type bytes;
      std::memcpy(bytes.data(), &in->sin6_addr, bytes.size());
      all.emplace_back(ip::address_v6(bytes));
    }
  }
  return all;
}

}  // namespace tailrace::fetch
