// What c-ares hands over, as our own value. Pure.
#pragma once
#include "fetch/dns_answer.hpp"

#include <ares.h>

namespace tailrace::fetch {

// `info` may be null when `status` is no success.
dns_answer answer_of(int status, const ares_addrinfo* info);

}  // namespace tailrace::fetch
