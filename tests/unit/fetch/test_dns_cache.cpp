#include "fetch/dns_cache.hpp"

#include <boost/asio/ip/address.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using fetch::dns_answer;
using fetch::dns_cache;
using fetch::dns_outcome;

namespace {

constexpr dns_cache::limits usual{100, 60s, 2s};

dns_answer found(const char* address, duration ttl) {
  dns_answer a;
  a.outcome = dns_outcome::found;
  a.addresses = {boost::asio::ip::make_address(address)};
  a.ttl = ttl;
  return a;
}

dns_answer ended(dns_outcome how) {
  dns_answer a;
  a.outcome = how;
  return a;
}

// How long `a` is answered from a cache, to the nanosecond at both ends.
bool lasts(duration expected, const dns_answer& a, dns_cache::limits l = usual) {
  test::manual_clock clock;
  dns_cache cache(l);
  cache.put("a.example", a, clock.now());
  clock.advance(expected - 1ns);
  if (cache.find("a.example", clock.now()) == nullptr) return false;
  clock.advance(1ns);
  return cache.find("a.example", clock.now()) == nullptr && cache.size() == 0;
}

}  // namespace

TEST_CASE("what was found is kept for its TTL, within limits") {
  CHECK(lasts(30s, found("1.2.3.4", 30s)));
  CHECK(lasts(1s, found("1.2.3.4", 0s)));
  CHECK(lasts(60s, found("1.2.3.4", 60s)));
  CHECK(lasts(60s, found("1.2.3.4", 86400s)));
  CHECK(lasts(500ms, found("1.2.3.4", 30s), {100, 500ms, 2s}));
}

TEST_CASE("what does not exist is kept briefly, a failure for a second") {
  CHECK(lasts(2s, ended(dns_outcome::absent)));
  CHECK(lasts(5s, ended(dns_outcome::absent), {100, 60s, 5s}));
  CHECK(lasts(1s, ended(dns_outcome::failed)));
  CHECK(lasts(1s, ended(dns_outcome::timeout)));
  // One family of addresses could not be had: it is asked for again soon.
  auto half = found("1.2.3.4", 30s);
  half.partial = true;
  CHECK(lasts(2s, half));
  half.ttl = 1s;
  CHECK(lasts(1s, half));
}

TEST_CASE("a limit of 0 keeps nothing of its kind") {
  test::manual_clock clock;
  dns_cache no_entries({0, 60s, 2s});
  no_entries.put("a.example", found("1.2.3.4", 30s), clock.now());
  CHECK(no_entries.find("a.example", clock.now()) == nullptr);
  dns_cache no_addresses({100, 0s, 2s});
  no_addresses.put("a.example", found("1.2.3.4", 30s), clock.now());
  CHECK(no_addresses.find("a.example", clock.now()) == nullptr);
  dns_cache no_absence({100, 60s, 0s});
  no_absence.put("a.example", ended(dns_outcome::absent), clock.now());
  CHECK(no_absence.find("a.example", clock.now()) == nullptr);
}

TEST_CASE("a newer answer replaces the older one, and its time") {
  test::manual_clock clock;
  dns_cache cache(usual);
  cache.put("a.example", found("1.2.3.4", 10s), clock.now());
  clock.advance(9s);
  cache.put("a.example", found("5.6.7.8", 10s), clock.now());
  clock.advance(9s);
  const auto* now = cache.find("a.example", clock.now());
  REQUIRE(now != nullptr);
  CHECK(now->addresses.at(0).to_string() == "5.6.7.8");
  CHECK(cache.size() == 1);
}

TEST_CASE("a full cache loses the name that was used longest ago") {
  test::manual_clock clock;
  dns_cache cache({3, 60s, 2s});
  for (const char* name : {"a", "b", "c"}) cache.put(name, found("1.2.3.4", 30s), clock.now());
  CHECK(cache.find("a", clock.now()) != nullptr);
  cache.put("d", found("1.2.3.4", 30s), clock.now());
  CHECK(cache.size() == 3);
  CHECK(cache.find("b", clock.now()) == nullptr);
  for (const char* name : {"a", "c", "d"}) CHECK(cache.find(name, clock.now()) != nullptr);
  // However many names there are.
  for (int i = 0; i < 1000; ++i)
    cache.put(std::to_string(i) + ".example", found("1.2.3.4", 30s), clock.now());
  CHECK(cache.size() == 3);
  CHECK(cache.find("999.example", clock.now()) != nullptr);
}

TEST_CASE("answers about both families make one") {
  const auto four = found("1.2.3.4", 20s);
  const auto six = found("2606::1", 10s);
  const auto both = fetch::merged(four, six);
  CHECK(both.outcome == dns_outcome::found);
  CHECK(both.addresses.size() == 2);
  CHECK(both.ttl == 10s);
  CHECK(!both.partial);
  CHECK(fetch::merged(six, four).ttl == 10s);

  struct row {
    dns_answer v4, v6;
    dns_outcome outcome;
    bool partial;
  };
  const auto absent = ended(dns_outcome::absent);
  const auto failed = ended(dns_outcome::failed);
  const auto late = ended(dns_outcome::timeout);
  for (const auto& r :
       {row{four, absent, dns_outcome::found, false}, row{absent, six, dns_outcome::found, false},
        row{four, failed, dns_outcome::found, true}, row{late, six, dns_outcome::found, true},
        row{absent, absent, dns_outcome::absent, false},
        row{absent, failed, dns_outcome::failed, false},
        row{failed, absent, dns_outcome::failed, false},
        row{absent, late, dns_outcome::timeout, false}}) {
    const auto one = fetch::merged(r.v4, r.v6);
    CHECK(one.outcome == r.outcome);
    CHECK(one.partial == r.partial);
    CHECK(one.addresses.size() == (r.outcome == dns_outcome::found ? 1 : 0));
  }
}
