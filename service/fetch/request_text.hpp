// The request as an origin gets it. Pure.
#pragma once
#include "fetch/fetcher.hpp"
#include "fetch/url.hpp"

#include <string>

namespace tailrace::fetch {

// A GET for `to`. What a stranger brought along (trace, Via, conditions) is left out where it could
// be more than one field.
std::string request_text(const url& to, const request& r);

}  // namespace tailrace::fetch
