// Whom a request comes from, as far as limits care.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace tailrace::admission {

// An IPv6 address, or an IPv4 address in its mapped form (RFC 4291 §2.5.5.2). All zero: nobody's,
// for those who came through a Unix socket.
using client_address = std::array<unsigned char, 16>;

// The same for all addresses that one client can be expected to have: an IPv6 client is given a
// /64.
client_address network_of(client_address a) noexcept;

// Seeded, so that nobody can choose addresses that fall together.
class client_hash {
 public:
  client_hash();
  std::size_t operator()(const client_address& a) const noexcept;

 private:
  std::uint64_t seed_;
};

}  // namespace tailrace::admission
