// --debug-loop, on the real service: who held an I/O thread is logged by name, and counted.
#include <chrono>
#include <csignal>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;

namespace {

const std::string counted = "tailrace_io_slow_handlers_total";
const std::string body(200'000, 'x');

int status_of_a_digest(const test::service& s) {
  return s.get("/v1/hash", {"--data-binary", "@-"}, body).status;
}

}  // namespace

TEST_CASE("debug-loop names the route that held an I/O thread, and the service works as before") {
  // Nothing takes less than a microsecond.
  test::service s({"--debug-loop", "--loop-slice-us-max=1"});
  CHECK(status_of_a_digest(s) == 200);
  CHECK(s.metric(counted) > 0);
  s.process().signal(SIGTERM);
  CHECK(s.process().wait(std::chrono::seconds(20)) == 0);
  const std::string log = s.output();
  CHECK(log.find("an I/O thread was held up") != std::string::npos);
  CHECK(log.find("/v1/hash") != std::string::npos);
}

TEST_CASE("without debug-loop nothing is watched") {
  test::service s({"--loop-slice-us-max=1"});
  CHECK(status_of_a_digest(s) == 200);
  CHECK(s.metric(counted) == 0);
  CHECK(s.output().find("held up") == std::string::npos);
}
