// An origin that fails all the time is not asked much more for being asked again: at most a tenth
// more requests reach it than clients have sent.
#include <algorithm>
#include <string>

#include "tests/support/ask_all.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;

namespace {

#ifdef TAILRACE_SANITIZED
constexpr std::size_t requests = 300;
#else
constexpr std::size_t requests = 2000;
#endif
constexpr double amplification_max = 1.1;

struct outcome {
  double amplification;  // requests at the origin ÷ requests of clients
  double retries;        // as the service counts them
};

outcome ask_failing(const std::string& fault, std::vector<std::string> flags) {
  const test::fault_origin origin;
  flags.emplace_back("--io-threads=2");
  const test::service s(flags);
  std::vector<std::string> targets;
  targets.reserve(requests);
  for (std::size_t i = 0; i < requests; ++i)
    targets.push_back("/v1/hash?url=" +
                      origin.escaped_url("/bytes/100?seed=" + std::to_string(i) + "&" + fault));
  const auto all = test::ask_all(s, targets);
  CHECK(std::all_of(all.begin(), all.end(),
                    [](const auto& a) { return a.answer.starts_with("HTTP/1.1 502 "); }));
  CHECK(origin.counter("refused") == 0);
  return {static_cast<double>(origin.counter("requests")) / requests,
          s.metric("tailrace_upstream_retries_total{reason=\"status\"}") +
              s.metric("tailrace_upstream_retries_total{reason=\"unreachable\"}")};
}

}  // namespace

TEST_CASE("an origin that fails every request is asked a tenth more at most") {
  for (const std::string fault : {"status=503", "status=502&close=1", "reset=0", "cut=0"}) {
    INFO(fault);
    // Without the breaker, which would keep nearly all of them away.
    const auto [amplification, retries] = ask_failing(fault, {"--origin-breaker-failures=0"});
    CHECK(amplification <= amplification_max);
    // They were sent again, or this would prove nothing.
    CHECK(amplification > 1);
    CHECK(retries == Approx((amplification - 1) * requests));
  }
}

TEST_CASE("an origin that cannot be reached is soon not asked at all") {
  const auto [amplification, retries] = ask_failing("reset=0", {});
  CHECK(amplification < 0.5);
  CHECK(retries < requests / 10.0);
}
