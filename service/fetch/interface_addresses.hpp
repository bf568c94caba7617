// The addresses of this machine's network interfaces; empty where the system does not say. For
// address_policy::refuse_listeners(), at start.
#pragma once
#include <boost/asio/ip/address.hpp>

#include <vector>

namespace tailrace::fetch {

std::vector<boost::asio::ip::address> interface_addresses();

}  // namespace tailrace::fetch
