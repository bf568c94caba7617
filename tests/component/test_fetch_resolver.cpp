#include "fetch/resolver.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/io_loop.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/run.hpp"

using namespace std::chrono_literals;
using namespace tailrace;

namespace {

std::vector<std::string> texts(const result<std::vector<fetch::address>>& found) {
  std::vector<std::string> all;
  if (found.has_value())
    for (const auto& a : *found) all.push_back(a.to_string());
  std::sort(all.begin(), all.end());
  return all;
}

// A resolver on virtual time; the name server answers in real time.
struct timed {
  explicit timed(const test::dns_server& dns, const settings& s = settings())
      : r(s, thread, counts, dns.address()) {}

  // Also runs out of work: no query is left open.
  result<std::vector<fetch::address>> resolve(const char* host) {
    return test::run(thread.context, r.resolve(host, deadline::after(clock.now(), 5s)));
  }

  test::manual_clock clock;
  io::thread thread{0, clock};
  fetch::stats counts;
  fetch::resolver r;
};

deadline soon(duration d) {
  return deadline::after(std::chrono::steady_clock::now(), d);
}

}  // namespace

TEST_CASE("names are looked up, both kinds of address, addresses are not") {
  test::dns_server dns({{"both.example", {"1.2.3.4", "2606::1"}}, {"four.example", {"1.2.3.4"}}});
  test::io_loop loop;
  fetch::stats counts;
  fetch::resolver r(settings(), loop.thread(), counts, dns.address());
  auto resolve = [&](const char* name) { return loop.run(r.resolve(name, soon(5s))); };
  CHECK(texts(resolve("both.example")) == std::vector<std::string>{"1.2.3.4", "2606::1"});
  CHECK(texts(resolve("four.example")) == std::vector<std::string>{"1.2.3.4"});
  const auto queries = dns.queries();
  CHECK(texts(resolve("9.8.7.6")) == std::vector<std::string>{"9.8.7.6"});
  CHECK(texts(resolve("2606::2")) == std::vector<std::string>{"2606::2"});
  CHECK(dns.queries() == queries);
  const auto missing = resolve("missing.example");
  REQUIRE(missing.has_error());
  CHECK(missing.error().code == errc::origin_dns);
}

TEST_CASE("search domains are not tried") {
  test::dns_server dns(test::dns_server::table{{"short", {"1.2.3.4"}}});
  test::io_loop loop;
  fetch::stats counts;
  fetch::resolver r(settings(), loop.thread(), counts, dns.address());
  CHECK(loop.run(r.resolve("absent", soon(5s))).has_error());
  CHECK(dns.queries() <= 2);
  CHECK(texts(loop.run(r.resolve("short", soon(5s)))) == std::vector<std::string>{"1.2.3.4"});
}

TEST_CASE("closing ends queries that nobody waits for any more") {
  test::dns_server dns(test::dns_server::table{{"hung.example", {}}});
  test::io_loop loop;
  fetch::stats counts;
  fetch::resolver r(settings(), loop.thread(), counts, dns.address());
  CHECK(loop.run(r.resolve("hung.example", soon(50ms))).has_error());
  r.close();
  CHECK(loop.ends_within(2s));
}

TEST_CASE("a zone that hangs costs its own lookup the deadline, and no other") {
  test::dns_server dns({{"hung.example", {}}, {"fine.example", {"1.2.3.4"}}});
  test::io_loop loop;
  fetch::stats counts;
  fetch::resolver r(settings(), loop.thread(), counts, dns.address());
  const auto start = std::chrono::steady_clock::now();
  const auto hung = loop.run(r.resolve("hung.example", soon(100ms)));
  REQUIRE(hung.has_error());
  CHECK(hung.error().code == errc::origin_timeout);
  CHECK(std::chrono::steady_clock::now() - start < 1s);
  // Its query is still under way: neither the next lookup nor the destructor minds.
  CHECK(loop.run(r.resolve("fine.example", soon(5s))).has_value());
}

TEST_CASE("answers are kept for their TTL") {
  test::dns_server dns({{"short.example", {"1.2.3.4", "2606::1", "ttl=5"}},
                        {"zero.example", {"1.2.3.4", "ttl=0"}},
                        {"long.example", {"1.2.3.4", "ttl=86400"}},
                        {"alias.example", {"alias=long.example", "ttl=7"}}});
  timed t(dns);
  const auto queries_after = [&](const char* name, duration d) {
    t.clock.advance(d);
    CHECK(t.resolve(name).has_value());
    return dns.queries(name);
  };
  // One for either family; the clock stands at the end of each TTL, then passes it.
  for (const auto& [name, ttl] :
       {std::pair("short.example", duration(5s)), std::pair("zero.example", duration(1s)),
        std::pair("long.example", duration(60s)), std::pair("alias.example", duration(7s))}) {
    INFO(name);
    CHECK(queries_after(name, 0s) == 2);
    CHECK(queries_after(name, ttl - 1ns) == 2);
    CHECK(queries_after(name, 1ns) == 4);
  }
  CHECK(texts(t.resolve("short.example")) == std::vector<std::string>{"1.2.3.4", "2606::1"});
  CHECK(t.counts.count(fetch::dns_outcome::found) == 9);
  CHECK(t.counts.dns_cache_entries.value() == 4);
}

TEST_CASE("that a name does not exist is kept briefly, a failure for a second") {
  test::dns_server dns({{"broken.example", {"broken"}}, {"empty.example", {"ttl=60"}}});
  timed t(dns);
  for (const auto& [name, kept] :
       {std::pair("absent.example", duration(2s)), std::pair("empty.example", duration(2s)),
        std::pair("broken.example", duration(1s))}) {
    INFO(name);
    const auto fails = [&] {
      const auto got = t.resolve(name);
      return got.has_error() && got.error().code == errc::origin_dns;
    };
    CHECK(fails());
    const auto first = dns.queries(name);
    CHECK(first >= 2);
    t.clock.advance(kept - 1ns);
    CHECK(fails());
    CHECK(dns.queries(name) == first);
    t.clock.advance(1ns);
    CHECK(fails());
    CHECK(dns.queries(name) == 2 * first);
  }
  CHECK(t.counts.count(fetch::dns_outcome::absent) == 4);
  CHECK(t.counts.count(fetch::dns_outcome::failed) == 2);
  CHECK(t.counts.count(fetch::dns_source::cache) == 3);
}

TEST_CASE("the hosts file is asked first, and its answers kept for a second") {
  test::dns_server dns(test::dns_server::table{{"localhost", {"1.2.3.4"}}});
  timed t(dns);
  const auto found = texts(t.resolve("localhost"));
  CHECK(std::count(found.begin(), found.end(), "1.2.3.4") == 0);
  CHECK(std::count(found.begin(), found.end(), "127.0.0.1") == 1);
  t.resolve("localhost");
  CHECK(t.counts.count(fetch::dns_source::cache) == 1);
  t.clock.advance(1s);
  t.resolve("localhost");
  CHECK(t.counts.count(fetch::dns_source::query) == 2);
  CHECK(dns.queries() == 0);
}

TEST_CASE("of each family a bounded number of addresses is used") {
  std::vector<std::string> many;
  for (int i = 1; i <= 12; ++i) {
    many.push_back("1.2.3." + std::to_string(i));
    many.push_back("2606::" + std::to_string(i));
  }
  test::dns_server dns({{"many.example", many}});
  timed t(dns);
  const auto found = t.resolve("many.example");
  REQUIRE(found.has_value());
  const auto six = std::count_if(found->begin(), found->end(),
                                 [](const fetch::address& a) { return a.is_v6(); });
  CHECK(six == fetch::addresses_max);
  CHECK(found->size() == 2 * fetch::addresses_max);
}

TEST_CASE("name servers that drop questions for IPv6 addresses cost little") {
  test::dns_server dns(test::dns_server::table{{"four.example", {"1.2.3.4", "no-v6"}}});
  test::io_loop loop;
  fetch::stats counts;
  fetch::resolver r(settings(), loop.thread(), counts, dns.address());
  const auto start = std::chrono::steady_clock::now();
  const auto found = loop.run(r.resolve("four.example", soon(5s)));
  CHECK(texts(found) == std::vector<std::string>{"1.2.3.4"});
  CHECK(std::chrono::steady_clock::now() - start < 900ms);
  CHECK(loop.run(r.resolve("four.example", soon(5s))).has_value());
  CHECK(counts.count(fetch::dns_source::cache) == 1);
}
