// Whom a trusted proxy speaks for: the X-Forwarded-For field. Pure.
#pragma once
#include "http/head.hpp"
#include "io/network.hpp"

#include <optional>
#include <vector>

namespace tailrace::net {

// Read from its end, where the nearest proxy wrote: the first address that is not a trusted
// proxy's; what stands before it anybody could have written. A list that is trusted throughout
// gives its first address, and reading stops at what is no address.
std::optional<io::address> forwarded_client(const http::fields& fields,
                                            const std::vector<io::network>& trusted);

}  // namespace tailrace::net
