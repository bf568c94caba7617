// The answers that both listeners give at once.
#pragma once
#include "api/routes.hpp"
#include "http/response.hpp"

namespace tailrace::api {

// livez, readyz or version. Readiness means that requests are served, never that origins are well
// or that there is little to do.
void answer_probe(http::response& answer, endpoint which, bool ready);

}  // namespace tailrace::api
