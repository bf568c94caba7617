// How long a fetch may take, step by step, on virtual time: the origin is a socket of the test's
// own that does what the test says, and the clock moves when the test says so. Limits are the
// defaults.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <memory>
#include <string>

#include "tests/support/black_hole.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using boost::asio::ip::tcp;

namespace {

class scene {
 public:
  scene() { listener_.non_blocking(true); }
  ~scene() {
    called_off_.call_off(errc::client_gone);
    settle();
    fetcher_.close_idle();
    fetcher_.close();
    settle();
  }

  std::string url() const { return url(listener_.local_endpoint().port()); }
  static std::string url(std::uint16_t port) {
    return "http://127.0.0.1:" + std::to_string(port) + "/";
  }

  void start(const std::string& url, deadline until = {}) {
    fetch::request r(url);
    r.until = until;
    r.called_off = &called_off_;
    auto fetching = test::fetch_whole(fetcher_, std::move(r), 65536);
    boost::asio::co_spawn(thread_.context, std::move(fetching),
                          [this](std::exception_ptr, test::fetched f) { outcome_ = std::move(f); });
    settle();
  }

  // The origin takes the connection and the request.
  void accept() {
    for (int tries = 0; tries < 1000 && !accepted_.is_open(); ++tries) {
      boost::system::error_code ec;
      listener_.accept(accepted_, ec);
      settle();
    }
    REQUIRE(accepted_.is_open());
    std::array<char, 4096> request;
    REQUIRE(accepted_.read_some(boost::asio::buffer(request)) > 0);
  }
  void send(const std::string& bytes) {
    boost::asio::write(accepted_, boost::asio::buffer(bytes));
    settle();
  }

  // In steps, as a loop's ticks are.
  void pass(duration d) {
    for (; d > duration::zero(); d -= 50ms) {
      clock_.advance(std::min<duration>(d, 50ms));
      thread_.wheel.advance(clock_.now());
      settle();
    }
  }

  bool over() const { return outcome_.has_value(); }
  errc failure() const {
    REQUIRE(over());
    REQUIRE(outcome_->failed);
    return outcome_->failed->code;
  }
  const std::string& body() const { return outcome_->body; }
  time_point now() const { return clock_.now(); }

 private:
  void settle() {
    thread_.context.restart();
    while (thread_.context.poll() > 0) {
    }
  }

  settings settings_ = test::may_ask_loopback();
  test::manual_clock clock_;
  io::thread thread_{0, clock_};
  io::cancellation called_off_;
  fetch::address_policy policy_ = fetch::address_policy::make(settings_).value();
  boost::asio::ssl::context tls_ = fetch::make_tls_context(settings_);
  exec::executor files_{clock_, exec::executor_options("files", 1, 4)};
  fetch::live_fetcher fetcher_{settings_, thread_, policy_, tls_, files_};
  boost::asio::io_context origin_;
  tcp::acceptor listener_{origin_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  tcp::socket accepted_{origin_};
  std::optional<test::fetched> outcome_;
};

const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";

}  // namespace

TEST_CASE("a connection may take three seconds") {
  scene s;
  const test::black_hole nowhere("127.0.0.1");
  s.start(scene::url(nowhere.endpoint().port()));
  s.pass(2900ms);
  CHECK_FALSE(s.over());
  s.pass(200ms);
  CHECK(s.failure() == errc::origin_timeout);
}

TEST_CASE("the head of an answer may take ten seconds from the request") {
  const bool begun = GENERATE(false, true);
  CAPTURE(begun);
  scene s;
  s.start(s.url());
  s.accept();
  if (begun) s.send(head.substr(0, 20));
  s.pass(9900ms);
  CHECK_FALSE(s.over());
  s.pass(200ms);
  CHECK(s.failure() == errc::origin_timeout);
}

TEST_CASE("a body may pause for the grace, and no longer") {
  scene s;
  s.start(s.url());
  s.accept();
  s.send(head + std::string(10'000, 'x'));
  s.pass(4800ms);
  CHECK_FALSE(s.over());
  // It earns back what it brings, not more than the grace.
  s.send(std::string(20'000, 'x'));
  s.pass(4800ms);
  CHECK_FALSE(s.over());
  s.pass(400ms);
  CHECK(s.failure() == errc::origin_timeout);
  CHECK(s.body().size() == 30'000);
}

TEST_CASE("a body that trickles is given up, one that is slow enough arrives") {
  scene s;
  s.start(s.url());
  s.accept();
  s.send(head);
  const bool enough = GENERATE(false, true);
  CAPTURE(enough);
  std::size_t sent = 0;
  for (int second = 0; second < 60 && !s.over() && sent < 100'000; ++second) {
    const std::size_t piece = std::min<std::size_t>(enough ? 2000 : 500, 100'000 - sent);
    s.send(std::string(piece, 'x'));
    sent += piece;
    s.pass(1s);
  }
  REQUIRE(s.over());
  if (enough) {
    CHECK(s.body().size() == 100'000);
  } else {
    CHECK(s.failure() == errc::origin_timeout);
    CHECK(sent > 2500);
  }
}

TEST_CASE("the request's own deadline ends every step") {
  const int step = GENERATE(0, 1, 2);
  CAPTURE(step);
  scene s;
  const test::black_hole nowhere("127.0.0.1");
  const std::string to = step == 0 ? scene::url(nowhere.endpoint().port()) : s.url();
  s.start(to, deadline::after(s.now(), 1s));
  if (step > 0) s.accept();
  if (step > 1) s.send(head + "some");
  s.pass(900ms);
  CHECK_FALSE(s.over());
  s.pass(200ms);
  CHECK(s.over());
  CHECK(side_of(s.failure()) != side::client);
}
