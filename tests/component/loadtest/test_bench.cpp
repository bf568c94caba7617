#include <cstdlib>

#include "tests/support/catch.hpp"

TEST_CASE("the arithmetic of the bench is right") {
  CHECK(std::system("python3 " TAILRACE_SOURCE_DIR "/loadtest/bench/selftest.py") == 0);
}
