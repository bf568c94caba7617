// `tailrace healthcheck`: asks the running service's admin listener for /livez. Blocks for at most
// two seconds. What the container's HEALTHCHECK runs, so that the image needs no HTTP client.
#pragma once
#include "core/settings.hpp"

namespace tailrace {

// 0 when the answer is 200, 1 otherwise, with one line on standard error saying why. A listener on
// a wildcard address is asked on loopback; port 0 is looked up in the port file.
int healthcheck(const settings& of);

}  // namespace tailrace
