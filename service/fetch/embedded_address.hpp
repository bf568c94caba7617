// IPv4 addresses inside IPv6 ones. Pure.
#pragma once
#include "io/network.hpp"

#include <optional>

namespace tailrace::fetch {

using io::address;
using io::address_v4;
using io::address_v6;
using io::network;

// The IPv4 address that a packet to `a` may end at, however it is spelled: mapped, compatible,
// NAT64 (RFC 6052's 64:ff9b::/96 and the last 32 bits of RFC 8215's 64:ff9b:1::/48), 6to4, Teredo
// (the client's) and ISATAP.
std::optional<address_v4> embedded_v4(const address_v6& a) noexcept;

}  // namespace tailrace::fetch
