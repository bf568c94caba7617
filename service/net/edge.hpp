// What the sessions of all threads of one service have in common. Set up before the threads run;
// the counters are for any of them.
#pragma once
#include "admission/client_limit.hpp"
#include "core/settings.hpp"
#include "io/network.hpp"

#include <atomic>
#include <cstdint>
#include <vector>

namespace tailrace::net {

struct edge {
  // For a listener that only its operator reaches: nobody is trusted or limited.
  explicit edge(admission::client_limit& c) noexcept : clients(c) {}

  // Throws std::invalid_argument where trusted-proxies holds what is no network.
  edge(const settings& s, admission::client_limit& c);

  admission::client_limit& clients;
  std::vector<io::network> trusted_proxies;
  bool proxy_protocol = false;
  std::atomic<std::uint64_t> open{0};  // connections
};

}  // namespace tailrace::net
