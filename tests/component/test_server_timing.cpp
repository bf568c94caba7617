// What Server-Timing says of the way that a request has gone: every step with the time that it was
// given on virtual time, and their sum the whole. Against origins and a name server of the test.
#include "exec/offload.hpp"

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/images.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/process.hpp"
#include "tests/support/timed_service.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using test::always;
using test::script;
using test::timed_service;
using test::timing_of;

namespace {

using delays = std::map<stage, duration>;

// Lets every step of that fetch take so long, each time that it comes to it.
class slow_way {
 public:
  slow_way(timed_service& s, std::size_t fetch, delays d)
      : service_(s), fetch_(fetch), delays_(std::move(d)) {}

  void operator()() {
    if (fetch_ >= service_.fetches()) return;
    const auto now = service_.step(fetch_);
    if (now == last_) return;
    last_ = now;
    if (now) service_.pass(delays_[*now]);
  }

 private:
  timed_service& service_;
  const std::size_t fetch_;
  delays delays_;
  std::optional<stage> last_;
};

std::string ok_with(const std::string& body) {
  return test::ok(body);
}

// Sends its head; the body when the test says so.
class two_parts {
 public:
  test::script script(std::size_t size) {
    return test::script()
        .request()
        .send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n")
        .reach([this] { go_.get_future().wait(); })
        .send(std::string(size, 'x'));
  }
  void go() { go_.set_value(); }

 private:
  std::promise<void> go_;
};

std::string striped_png() {
  const auto image = test::as_png(test::stripes(300, 200, VIPS_DIRECTION_HORIZONTAL));
  return {reinterpret_cast<const char*>(image.data()), image.size()};
}

}  // namespace

TEST_CASE("timing: a digest by url, from the name to the last byte") {
  test::temporary_folder folder;
  const test::authority ca;
  const test::identity who = ca.issue("DNS:a.example");
  test::dns_server dns(test::dns_server::table{{"a.example", {"127.0.0.1"}}});
  two_parts parts;
  test::origin origin({parts.script(1000)}, &who);
  settings s = timed_service::usual();
  s.origin_ca_file = folder.write("ca", ca.certificate());
  timed_service service(s, dns.address());

  auto& asked = service.get("/v1/hash?url=" + origin.url("/x", "a.example"));
  slow_way slow(
      service, 0,
      {{stage::dns, 40ms}, {stage::connect, 30ms}, {stage::tls, 20ms}, {stage::wait, 50ms}});
  // The head is here when the fetch has been opened; then the body takes its time.
  service.run_until([&] { return service.fetches() == 1; });
  service.run_until([&] { return !service.step(0); }, slow);
  service.pass_and_settle(0ms);
  service.pass(60ms);
  parts.go();
  service.run_until([&] { return asked.whole(); });

  const auto t = timing_of(asked);
  CHECK(t.of("dns") == 40);
  CHECK(t.of("connect") == 30);
  CHECK(t.of("tls") == 20);
  CHECK(t.of("wait") == 50);
  CHECK(t.of("download") == 60);
  CHECK(t.total == 200);
}

TEST_CASE("timing: a redirect goes through the steps again") {
  test::dns_server dns({{"a.example", {"127.0.0.1"}}, {"b.example", {"127.0.0.1"}}});
  test::origin there({test::always(test::ok("there"))});
  test::origin here(
      {test::always(test::status(302, "Location: " + there.url("/", "b.example") + "\r\n"))});
  timed_service service(timed_service::usual(), dns.address());
  auto& asked = service.get("/v1/hash?url=" + here.url("/", "a.example"));
  slow_way slow(service, 0, {{stage::dns, 40ms}, {stage::connect, 30ms}, {stage::wait, 50ms}});
  service.run_until([&] { return asked.whole(); }, slow);

  const auto t = timing_of(asked);
  CHECK(t.of("dns") == 80);
  CHECK(t.of("connect") == 60);
  CHECK(t.of("wait") == 100);
  CHECK(t.total == 240);
}

TEST_CASE("timing: who joins a fetch has seen the rest of its way") {
  std::promise<void> go;
  test::origin origin(
      {script().request().reach([&] { go.get_future().wait(); }).send(ok_with("x"))});
  timed_service service;
  const std::string target = "/v1/hash?url=" + origin.url("/");
  auto& first = service.get(target);
  slow_way slow(service, 0, {{stage::connect, 30ms}});
  service.run_until([&] { return service.fetches() == 1 && service.step(0) == stage::wait; }, slow);
  service.pass(20ms);
  auto& second = service.get(target);
  service.run_until([&] { return service.cells.requests_in_flight().value() == 2; });
  service.pass(50ms);
  go.set_value();
  service.run_until([&] { return first.whole() && second.whole(); });

  CHECK(service.fetches() == 1);
  const auto leader = timing_of(first), follower = timing_of(second);
  CHECK(leader.of("connect") == 30);
  CHECK(leader.of("wait") == 70);
  CHECK(leader.total == 100);
  CHECK(follower.of("connect") == 0);
  CHECK(follower.of("wait") == 50);
  CHECK(follower.total == 50);
}

TEST_CASE("timing: waiting for a turn at the origin is waiting in a queue") {
  std::promise<void> go;
  test::origin origin({script().request().reach([&] { go.get_future().wait(); }).send(ok_with("x")),
                       test::always(test::ok("y"))});
  settings s = timed_service::usual();
  s.origin_connections_max = 1;
  timed_service service(s);
  auto& first = service.get("/v1/hash?url=" + origin.url("/1"));
  service.run_until([&] { return service.fetches() == 1 && service.step(0) == stage::wait; });
  auto& second = service.get("/v1/hash?url=" + origin.url("/2"));
  service.run_until([&] { return service.fetches() == 2 && service.step(1) == stage::queue; });
  service.pass(70ms);
  go.set_value();
  slow_way slow(service, 1, {{stage::connect, 10ms}, {stage::wait, 20ms}});
  service.run_until([&] { return service.step(1) != stage::queue; });
  service.run_until([&] { return first.whole() && second.whole(); }, slow);

  const auto t = timing_of(second);
  CHECK(t.of("queue") == 70);
  CHECK(t.of("connect") == 10);
  CHECK(t.of("wait") == 20);
  CHECK(t.total == 100);
}

TEST_CASE("timing: a request that fails says where its time went") {
  test::origin origin({script().request().stall()});
  timed_service service;
  auto& asked = service.get("/v1/hash?timeout_ms=200&url=" + origin.url("/"));
  slow_way slow(service, 0, {{stage::connect, 30ms}});
  service.run_until([&] { return service.fetches() == 1 && service.step(0) == stage::wait; }, slow);
  service.run_until([&] { return asked.whole(); }, [&] { service.pass_and_settle(10ms); });
  const auto t = timing_of(asked, "504 ");
  CHECK(t.of("connect") == 30);
  CHECK(t.of("wait") >= 170);
  // It counts among the stages of all requests, too.
  CHECK(service.cells.spent_in(stage::wait).sum_seconds() >= 0.17);
}

TEST_CASE("timing: an image waits for a worker, then is opened, resized and written") {
  test::origin origin({test::always(test::ok(striped_png()))});
  timed_service service;
  // The only worker is busy with something else.
  std::promise<void> go;
  auto busy =
      exec::start(service.lanes.long_lane(), exec::job_options(), [&] { go.get_future().wait(); });
  while (service.lanes.long_lane().pending() > 0) std::this_thread::yield();
  auto& asked = service.get("/v1/resize?width=100&url=" + origin.url("/"));
  slow_way slow(service, 0, {{stage::connect, 30ms}, {stage::wait, 50ms}});
  service.run_until([&] { return service.lanes.long_lane().pending() == 1; }, slow);
  service.pass(200ms);
  service.time.worker_tick = 3ms;
  go.set_value();
  service.run_until([&] { return asked.whole(); });

  const auto t = timing_of(asked);
  CHECK(t.of("connect") == 30);
  CHECK(t.of("wait") == 50);
  CHECK(t.of("queue") >= 200);
  CHECK(t.of("queue") <= 230);  // the workers look at the clock before and after the job
  for (const char* name : {"decode", "resize", "encode"}) {
    CAPTURE(name);
    CHECK(t.of(name) >= 3);
  }
}

TEST_CASE("timing: an image that breaks off was being resized, not looked at") {
  const std::string whole = striped_png();
  test::origin origin({test::always(test::ok(whole.substr(0, whole.size() / 2)))});
  timed_service service;
  service.time.worker_tick = 3ms;
  auto& asked = service.get("/v1/resize?width=100&url=" + origin.url("/"));
  service.run_until([&] { return asked.whole(); });
  const auto t = timing_of(asked, "422 ");
  CHECK(t.of("resize") >= 3);
  CHECK(t.of("encode") == 0);
}
