#include "fetch/resolver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/udp.hpp>

#include <algorithm>
#include <optional>

#include "tests/support/catch.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/io_loop.hpp"

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

deadline soon(duration d) {
  return deadline::after(std::chrono::steady_clock::now(), d);
}

}  // namespace

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
