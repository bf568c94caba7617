#include "fetch/connect_race.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "tests/support/black_hole.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/origin.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using fetch::connect_outcome;
using test::black_hole;
using test::fetching;
using endpoint = io::tcp::endpoint;

namespace {

namespace asio = boost::asio;

struct listener {
  explicit listener(const char* address)
      : acceptor(context, endpoint(asio::ip::make_address(address), 0)) {}
  endpoint at() const { return acceptor.local_endpoint(); }

  asio::io_context context;
  asio::ip::tcp::acceptor acceptor;
};

// An address and port that answers with a reset.
endpoint closed(const char* address) {
  return listener(address).at();
}

io::awaitable<void> race(fetch::connect_race& r, deadline until, io::cancellation* called_off,
                         std::optional<result<io::tcp_socket>>& out) {
  auto racing = r.run(until, called_off);
  out.emplace(co_await std::move(racing));
}

// A race on virtual time: sockets are real, the wheel turns when told to.
struct racing {
  explicit racing(std::vector<endpoint> candidates, duration limit = 5s)
      : race_(thread, counts, std::move(candidates)) {
    asio::co_spawn(thread.context,
                   race(race_, deadline::after(clock.now(), limit), &called_off, out),
                   [](std::exception_ptr) {});
  }

  void advance(duration d) {
    clock.advance(d);
    thread.wheel.advance(clock.now());
  }
  void run() {
    thread.context.run();
    REQUIRE(out);
  }
  // What the sockets have to say until nothing is due; asks them twice, as a round may add work.
  void settle() {
    for (int i = 0; i < 2; ++i) {
      thread.context.poll();
      thread.context.restart();
    }
  }

  test::manual_clock clock;
  io::thread thread{0, clock};
  fetch::stats counts;
  io::cancellation called_off;
  std::optional<result<io::tcp_socket>> out;
  fetch::connect_race race_;
};

void check_counts(const fetch::stats& s, unsigned connected, unsigned failed, unsigned abandoned) {
  CHECK(s.count(connect_outcome::connected) == connected);
  CHECK(s.count(connect_outcome::failed) == failed);
  CHECK(s.count(connect_outcome::abandoned) == abandoned);
}

}  // namespace

TEST_CASE("an address that answers is the only one that is tried") {
  listener first("::1");
  listener second("127.0.0.1");
  racing r({first.at(), second.at()});
  r.run();
  REQUIRE(r.out->has_value());
  CHECK((*r.out)->remote_endpoint() == first.at());
  check_counts(r.counts, 1, 0, 0);
}

TEST_CASE("addresses that refuse cost no time") {
  listener last("127.0.0.1");
  racing r({closed("::1"), closed("127.0.0.1"), last.at()});
  r.run();  // the clock stands still
  REQUIRE(r.out->has_value());
  CHECK((*r.out)->remote_endpoint() == last.at());
  check_counts(r.counts, 1, 2, 0);
}

TEST_CASE("an address that hangs gives the next one its turn after 250 ms, and loses") {
  for (const char* address : {"::1", "127.0.0.1"}) {
    black_hole hole(address);
    listener second("127.0.0.1");
    racing r({hole.endpoint(), second.at()});
    r.advance(0ms);
    r.settle();
    r.advance(240ms);
    r.settle();
    CHECK(!r.out);
    check_counts(r.counts, 0, 0, 0);
    r.advance(20ms);
    r.run();
    REQUIRE(r.out->has_value());
    CHECK((*r.out)->remote_endpoint() == second.at());
    check_counts(r.counts, 1, 0, 1);
  }
}

TEST_CASE("a race that nobody wins ends in time, with everything closed") {
  black_hole hole("127.0.0.1");
  racing r({hole.endpoint(), hole.endpoint(), closed("127.0.0.1")}, 1s);
  r.settle();
  for (int i = 0; i < 100; ++i) {
    r.advance(10ms);
    r.settle();
    if (i == 90) CHECK(!r.out);
  }
  r.advance(10ms);
  r.run();
  REQUIRE(r.out->has_error());
  CHECK(r.out->error().code == errc::origin_timeout);
  check_counts(r.counts, 0, 1, 2);
}

TEST_CASE("when every address fails the origin is unreachable at once") {
  racing r({closed("::1"), closed("127.0.0.1")});
  r.run();
  REQUIRE(r.out->has_error());
  CHECK(r.out->error().code == errc::origin_unreachable);
  check_counts(r.counts, 0, 2, 0);
}

TEST_CASE("a race that is called off closes what is under way") {
  black_hole hole("127.0.0.1");
  racing r({hole.endpoint()});
  r.settle();
  r.called_off.call_off(errc::client_gone);
  r.run();
  REQUIRE(r.out->has_error());
  CHECK(r.out->error().code == errc::client_gone);
  check_counts(r.counts, 0, 0, 1);

  // Before it began: no packet leaves.
  racing late({hole.endpoint()});
  late.called_off.call_off(errc::client_gone);
  late.run();
  CHECK(late.out->error().code == errc::client_gone);
  check_counts(late.counts, 0, 0, 0);
}

TEST_CASE("a thread that must end ends a race") {
  black_hole hole("127.0.0.1");
  racing r({hole.endpoint(), hole.endpoint()});
  r.settle();
  r.thread.wheel.expire_all();
  r.advance(10ms);
  r.run();
  REQUIRE(r.out->has_error());
  CHECK(r.out->error().code == errc::origin_timeout);
}

TEST_CASE("a host with one dead family is fetched from the other") {
  test::origin o({test::script().serve([](const std::string&) { return test::ok("x"); })});
  auto limits = fetching::short_limits();
  limits.allow_source_networks = {"127.0.0.1/32", "::1/128"};
  test::dns_server dns(test::dns_server::table{{"both.example", {"::1", "127.0.0.1"}}});
  {
    // Refused: nothing is waited for.
    fetching f(limits, dns.address());
    const auto got = f.get(o.url("/", "both.example"));
    CHECK(!got.failed);
    CHECK(got.spent.of(stage::connect) < fetch::connection_attempt_delay);
    check_counts(f.counts(), 1, 1, 0);
  }
  // Dropped: the head start, and no more.
  black_hole hole("::1", o.port());
  fetching f(limits, dns.address());
  const auto got = f.get(o.url("/", "both.example"));
  CHECK(!got.failed);
  CHECK(got.spent.of(stage::connect) >= fetch::connection_attempt_delay);
  check_counts(f.counts(), 1, 0, 1);
  CHECK(f.counts().connections_opened.value() == 1);
}

TEST_CASE("addresses that are refused are not raced") {
  test::origin o({test::script().serve([](const std::string&) { return test::ok("x"); })});
  listener forbidden("::1");
  test::dns_server dns(test::dns_server::table{{"both.example", {"::1", "127.0.0.1"}}});
  fetching f(fetching::short_limits(), dns.address());  // 127.0.0.1 only
  CHECK(!f.get(o.url("/", "both.example")).failed);
  check_counts(f.counts(), 1, 0, 0);
  const std::string url = "http://both.example:" + std::to_string(forbidden.at().port()) + "/";
  CHECK(f.get(url).failed);
  check_counts(f.counts(), 1, 1, 0);  // 127.0.0.1 was tried, ::1 was not
  forbidden.acceptor.non_blocking(true);
  boost::system::error_code ec;
  asio::ip::tcp::socket accepted(forbidden.context);
  forbidden.acceptor.accept(accepted, ec);
  CHECK(ec == asio::error::would_block);
}
