#include "fetch/resolver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/udp.hpp>

#include <algorithm>
#include <optional>

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

// What one of many lookups at once came to.
struct lookup {
  io::cancellation called_off;
  std::optional<result<std::vector<fetch::address>>> out;
};

io::awaitable<void> resolve_into(fetch::resolver& r, std::string host, deadline until, lookup& to) {
  auto resolving = r.resolve(std::move(host), until, &to.called_off);
  to.out.emplace(co_await std::move(resolving));
}

void spawn(io::thread& on, fetch::resolver& r, std::string host, deadline until, lookup& to) {
  boost::asio::co_spawn(on.context, resolve_into(r, std::move(host), until, to),
                        [](std::exception_ptr) {});
}

std::ptrdiff_t ended(const std::vector<lookup>& all) {
  return std::count_if(all.begin(), all.end(), [](const lookup& l) { return l.out.has_value(); });
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

TEST_CASE("all who look up one name at once share one query") {
  test::dns_server dns(test::dns_server::table{{"one.example", {"1.2.3.4"}}});
  test::io_loop loop;
  fetch::stats counts;
  fetch::resolver r(settings(), loop.thread(), counts, dns.address());
  std::vector<lookup> all(100);
  for (auto& each : all) spawn(loop.thread(), r, "one.example", soon(5s), each);
  loop.run_until([&] { return ended(all) == 100; });
  for (const auto& each : all) CHECK(texts(*each.out) == std::vector<std::string>{"1.2.3.4"});
  CHECK(dns.queries() == 2);  // one for either family
  CHECK(counts.count(fetch::dns_source::query) == 1);
  CHECK(counts.count(fetch::dns_source::joined) == 99);
}

TEST_CASE("who waits for a name leaves alone, and the query goes on") {
  test::dns_server dns(test::dns_server::table{{"hung.example", {}}});
  test::io_loop loop;
  fetch::stats counts;
  fetch::resolver r(settings(), loop.thread(), counts, dns.address());
  std::vector<lookup> all(3);
  spawn(loop.thread(), r, "hung.example", soon(5s), all[0]);
  spawn(loop.thread(), r, "hung.example", soon(50ms), all[1]);
  spawn(loop.thread(), r, "hung.example", soon(5s), all[2]);
  loop.run_until([&] { return all[1].out.has_value(); });
  CHECK(all[1].out->error().code == errc::origin_timeout);
  CHECK(ended(all) == 1);
  all[2].called_off.call_off(errc::client_gone);
  loop.run_until([&] { return all[2].out.has_value(); });
  CHECK(all[2].out->error().code == errc::client_gone);
  CHECK(ended(all) == 2);
  // One who comes later joins the query that the first one still waits for.
  CHECK(loop.run(r.resolve("hung.example", soon(20ms))).has_error());
  CHECK(counts.count(fetch::dns_source::query) == 1);
  r.close();
  loop.run_until([&] { return ended(all) == 3; });
}

TEST_CASE("names that hang delay no other name") {
  test::dns_server::table names;
  for (int i = 0; i < 50; ++i) {
    names["hung" + std::to_string(i) + ".example"] = {};
    names["fine" + std::to_string(i) + ".example"] = {"1.2.3.4"};
  }
  test::dns_server dns(names);
  test::io_loop loop;
  fetch::stats counts;
  fetch::resolver r(settings(), loop.thread(), counts, dns.address());
  std::vector<lookup> hung(500);
  std::vector<lookup> fine(500);
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < hung.size(); ++i) {
    const std::string number = std::to_string(i % 50) + ".example";
    spawn(loop.thread(), r, "hung" + number, soon(10s), hung[i]);
    spawn(loop.thread(), r, "fine" + number, soon(10s), fine[i]);
  }
  loop.run_until([&] { return ended(fine) == 500; });
  // Before even the first repetition of a query that was not answered.
  CHECK(std::chrono::steady_clock::now() - start < 1s);
  for (const auto& each : fine) CHECK(each.out->has_value());
  CHECK(ended(hung) == 0);
  r.close();
  loop.run_until([&] { return ended(hung) == 500; });
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

TEST_CASE("more names than c-ares can number are refused, those under way and kept are not") {
  // It says nothing, and does not even look.
  boost::asio::io_context context;
  boost::asio::ip::udp::socket silent(context, {boost::asio::ip::address_v4::loopback(), 0});
  test::io_loop loop;
  fetch::stats counts;
  fetch::resolver r(settings(), loop.thread(), counts,
                    "127.0.0.1:" + std::to_string(silent.local_endpoint().port()));
  CHECK(loop.run(r.resolve("localhost", soon(5s))).has_value());
  std::vector<lookup> all(8192);
  const auto until = soon(20s);
  for (std::size_t i = 0; i < all.size(); ++i)
    spawn(loop.thread(), r, "hung" + std::to_string(i), until, all[i]);
  const auto more = loop.run(r.resolve("more", soon(20s)));
  REQUIRE(more.has_error());
  CHECK(more.error().code == errc::overloaded);
  CHECK(ended(all) == 0);
  CHECK(loop.run(r.resolve("localhost", soon(20s))).has_value());
  const auto joined = loop.run(r.resolve("hung7", soon(10ms)));
  CHECK(joined.error().code == errc::origin_timeout);
  r.close();
  loop.run_until([&] { return ended(all) == 8192; });
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
