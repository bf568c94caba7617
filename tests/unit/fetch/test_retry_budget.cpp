#include "fetch/attempt.hpp"
#include "fetch/retry_budget.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace tailrace;
using namespace tailrace::fetch;
using verdict = breaker::verdict;

TEST_CASE("a retry is earned by the requests before it") {
  retry_budget b(0.1);
  CHECK_FALSE(b.spend());
  for (int i = 0; i < 9; ++i) b.earn();
  CHECK_FALSE(b.spend());
  b.earn();
  CHECK(b.spend());
  CHECK_FALSE(b.spend());
}

TEST_CASE("no more than ten retries are saved up, and a ratio of 0 gives none") {
  retry_budget b(0.5);
  for (int i = 0; i < 1000; ++i) b.earn();
  int spent = 0;
  while (b.spend()) ++spent;
  CHECK(spent == 10);
  retry_budget off(0);
  for (int i = 0; i < 1000; ++i) off.earn();
  CHECK_FALSE(off.spend());
}

TEST_CASE("when everything fails, requests and retries stay within 1.1 times the requests") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  retry_budget b(0.1);
  unsigned requests = 0, retries = 0;
  while (requests < 100'000) {
    // Bursts of requests that fail together, each of which wants to be sent thrice.
    const unsigned burst = 1 + random() % 50;
    for (unsigned i = 0; i < burst; ++i) b.earn();
    requests += burst;
    for (unsigned i = 0; i < 2 * burst; ++i) retries += b.spend() ? 1 : 0;
    CHECK(retries <= requests / 10);
  }
  CHECK(retries >= requests / 10 - 1);
}

TEST_CASE("what an attempt says of the origin") {
  struct row {
    std::optional<errc> failed;
    bool out_of_time;
    verdict says;
  };
  const row table[] = {{std::nullopt, false, verdict::reached},
                       {errc::origin_unreachable, false, verdict::failed},
                       {errc::origin_dns, false, verdict::failed},
                       {errc::origin_tls, false, verdict::failed},
                       {errc::origin_bad_response, false, verdict::failed},
                       {errc::origin_incomplete, false, verdict::failed},
                       {errc::origin_timeout, false, verdict::failed},
                       {errc::origin_timeout, true, verdict::unknown},
                       {errc::client_gone, false, verdict::unknown},
                       {errc::source_refused, false, verdict::unknown}};
  for (const auto& r : table) {
    INFO((r.failed ? name_of(*r.failed) : "answered"));
    CHECK(verdict_of(r.failed, attempt(), r.out_of_time) == r.says);
  }
  attempt stale;
  stale.reused = stale.unanswered = true;
  CHECK(verdict_of(errc::origin_unreachable, stale, false) == verdict::unknown);
}

TEST_CASE("what may be sent once more") {
  attempt stale;
  stale.reused = stale.unanswered = true;
  CHECK(retry_after(errc::origin_unreachable, attempt()) == retry::unreachable);
  CHECK(retry_after(errc::origin_unreachable, stale) == retry::stale);
  for (const errc code : {errc::origin_timeout, errc::origin_dns, errc::origin_tls,
                          errc::origin_incomplete, errc::origin_bad_response, errc::client_gone})
    CHECK_FALSE(retry_after(code, attempt()));
  for (const unsigned status : {502U, 503U, 504U, 500U, 501U, 404U, 200U, 301U}) {
    INFO(status);
    http::response_head head;
    head.status = status;
    CHECK(retry_after(head).has_value() == (status >= 502));
    head.fields.add({http::field_name::retry_after, "Retry-After", "1"});
    CHECK_FALSE(retry_after(head));
  }
}
