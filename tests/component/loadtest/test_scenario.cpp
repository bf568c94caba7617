// The runner of `./dev load` is Python; its own tests are run from here.
#include <cstdlib>

#include "tests/support/catch.hpp"

TEST_CASE("the runner of load scenarios judges as it should") {
  CHECK(std::system("python3 " TAILRACE_SOURCE_DIR "/loadtest/scenario/selftest.py") == 0);
}
