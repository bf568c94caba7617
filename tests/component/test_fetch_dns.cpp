#include "tests/support/catch.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/origin.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using test::always;
using test::check_failed;
using test::fetching;
using test::ok;
using test::origin;
using test::script;

TEST_CASE("a name server that never answers is a timeout of the fetch") {
  test::dns_server dns(test::dns_server::table{{"hung.example", {}}});
  auto limits = fetching::short_limits();
  limits.connect_timeout_ms = 100;
  fetching f(limits, dns.address());
  check_failed(f.get("http://hung.example/"), errc::origin_timeout);
  CHECK(f.counts().connections_active.value() == 0);
}

TEST_CASE("what a name leads to is judged, not the name") {
  test::dns_server dns({{"public.example", {"127.0.0.1"}},
                        {"inner.example", {"10.0.0.1", "fd00::1"}},
                        {"metadata.example", {"169.254.169.254"}},
                        {"mapped.example", {"::ffff:10.0.0.1"}},
                        {"mixed.example", {"10.0.0.1", "127.0.0.1"}}});
  origin o({always(ok("x"))});
  const auto port = ":" + std::to_string(o.port()) + "/";
  {
    // Allowed addresses among refused ones are used, the others never tried.
    fetching f(fetching::short_limits(), dns.address());
    CHECK(!f.get("http://public.example" + port).failed);
    CHECK(!f.get("http://mixed.example" + port).failed);
    for (const char* host : {"inner.example", "metadata.example", "mapped.example"})
      check_failed(f.get("http://" + std::string(host) + port), errc::source_refused);
    check_failed(f.get("http://absent.example" + port), errc::origin_dns);
    CHECK(f.counts().count(fetch::outcome::dns) == 1);
  }
  const auto seen = o.connections();
  auto limits = fetching::short_limits();
  limits.allow_source_networks.clear();
  fetching f(limits, dns.address());
  check_failed(f.get("http://public.example" + port), errc::source_refused);
  check_failed(f.get("http://mixed.example" + port), errc::source_refused);
  CHECK(o.connections() == seen);
}

TEST_CASE("an address that refuses gives the next one its turn") {
  test::dns_server dns({{"two.example", {"127.0.0.1", "127.0.0.2"}}});
  origin o({always(ok("x"))});  // on 127.0.0.1 only
  auto limits = fetching::short_limits();
  limits.allow_source_networks = {"127.0.0.0/8"};
  fetching f(limits, dns.address());
  for (int i = 0; i < 3; ++i) {
    f.fetcher().close_idle();
    const auto got = f.get(o.url("/", "two.example"));
    CHECK(!got.failed);
    CHECK(got.spent.of(stage::dns) > duration::zero());
  }
}
