#include "fetch/resolver.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <optional>

#include "tests/support/catch.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/run.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using test::fetching;
using test::ok;
using test::origin;
using test::script;

namespace {

script always(std::string bytes) {
  return script().serve([bytes](const std::string&) { return bytes; });
}

void check_failed(const test::fetched& f, errc code) {
  REQUIRE(f.failed);
  INFO(f.failed->detail);
  CHECK(name_of(f.failed->code) == name_of(code));
}

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
    CHECK(got.spent.dns > duration::zero());
  }
}
