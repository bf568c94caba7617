// The generator's sockets against a server that misbehaves on purpose: nothing may be counted as
// answered that was not, and every request that was due must be counted once.
#include "loadtest/generator/report.hpp"
#include "loadtest/generator/run.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <thread>

#include "tests/component/loadtest/scripted_server.hpp"
#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using namespace tailrace::load;
using tailrace::test::response_with;
using tailrace::test::scripted_server;
using reply = scripted_server::reply;

namespace {

run_result run_against(unsigned short port, std::vector<std::string> arguments,
                       const std::atomic<bool>& interrupted = false) {
  arguments.push_back("http://127.0.0.1:" + std::to_string(port) + "/");
  const auto o = std::get<options>(parse_options(arguments));
  return run_load(o.plan, std::get<target>(make_target(o.plan)), interrupted, [](const auto&) {});
}

// A fifth of a second at 250/s on four connections.
const std::vector<std::string> short_run{"--rate",        "250", "--duration",   "0.2",
                                         "--connections", "4",   "--timeout-ms", "5000"};

}  // namespace

TEST_CASE("every request of the schedule is sent and answered once, over kept connections") {
  scripted_server server([](const auto&) { return reply{response_with("hello")}; });
  const auto r = run_against(server.port(), short_run);
  CHECK(r.total().total() == 50);
  CHECK(r.total().succeeded() == 50);
  CHECK(r.total().body_bytes() == 250);
  CHECK(server.connections() == 4);
}

TEST_CASE("shares of several workers add up to the schedule") {
  scripted_server server([](const auto&) { return reply{response_with("")}; });
  auto arguments = short_run;
  arguments.insert(arguments.end(), {"--threads", "3"});
  const auto r = run_against(server.port(), arguments);
  CHECK(r.total().succeeded() == 50);
  CHECK(server.connections() == 4);
}

TEST_CASE("a connection for each request when keep-alive is off or the server closes") {
  scripted_server plain([](const auto&) { return reply{response_with("x")}; });
  auto arguments = short_run;
  arguments.emplace_back("--no-keepalive");
  CHECK(run_against(plain.port(), arguments).total().succeeded() == 50);
  CHECK(plain.connections() == 50);

  scripted_server closing(
      [](const auto&) { return reply{response_with("x", "Connection: close\r\n"), true}; });
  CHECK(run_against(closing.port(), short_run).total().succeeded() == 50);
  CHECK(closing.connections() == 50);
}

TEST_CASE("each way to fail is counted as what it is, and the others go on") {
  struct {
    ending expected;
    std::optional<reply> bad;
  } const cases[] = {
      {ending::truncated, reply{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true}},
      {ending::truncated, reply{"HTTP/1.1 200 O", true}},
      {ending::reset, reply{"", true}},
      {ending::bad_response, reply{response_with("hello") + "!"}},
      {ending::bad_response, reply{"220 mail.example ESMTP\r\n\r\n"}},
      {ending::timeout, std::nullopt},
  };
  for (const auto& c : cases) {
    INFO(name_of(c.expected));
    // Every tenth request meets the bad answer.
    scripted_server server([&c](const auto& request) {
      return request.number % 10 == 9 ? c.bad : reply{response_with("fine")};
    });
    auto arguments = short_run;
    // Only where it is wanted may a busy machine's delay come near it.
    if (!c.bad) arguments.back() = "1500";  // ms of timeout
    const auto r = run_against(server.port(), arguments);
    CHECK(r.total().total() == 50);
    CHECK(r.total().succeeded() == 45);
    CHECK(r.total().count(c.expected) == 5);
  }
}

TEST_CASE("nobody listens: every request is a connect error, at once") {
  unsigned short port = 0;
  {
    const scripted_server gone([](const auto&) { return std::nullopt; });
    port = gone.port();
  }
  const auto r = run_against(port, short_run);
  CHECK(r.total().count(ending::connect) == 50);
  CHECK(r.total().succeeded() == 0);
  CHECK(r.elapsed < 3s);
}

TEST_CASE("a body larger than any socket buffer arrives whole") {
  std::atomic<std::size_t> received = 0;
  scripted_server server([&received](const auto& request) {
    received += request.body.size();
    return reply{response_with("ok")};
  });
  const auto r = run_against(server.port(), {"--rate", "20", "--duration", "0.2", "--connections",
                                             "2", "--body-size", "8000000"});
  CHECK(r.total().succeeded() == 4);
  CHECK(received == 4 * 8'000'000);
}

TEST_CASE("a server that stands still delays all that were due meanwhile, and they are sent") {
  std::mutex stalled;
  scripted_server server([&stalled](const auto& request) {
    const std::lock_guard lock(stalled);
    boost::asio::io_context context;
    if (request.number == 20) boost::asio::steady_timer(context, 400ms).wait();
    return reply{response_with("x")};
  });
  const auto r = run_against(server.port(), {"--rate", "200", "--duration", "0.7", "--connections",
                                             "4", "--timeout-ms", "5000"});
  CHECK(r.total().succeeded() == 140);
  // 80 of the 140 were due within those 400 ms: half of these waited 200 ms and more.
  CHECK(r.total().ok().max() >= 400ms);
  CHECK(r.total().ok().at(1 - 30.0 / 140) >= 200ms);
  // A closed-loop tool would have blamed at most the four that were on their way.
  CHECK(r.total().service().at(1 - 5.0 / 140) < 200ms);
}

TEST_CASE("what found no connection before the end is counted, with the time it waited") {
  scripted_server server([](const auto&) { return std::nullopt; });
  const auto r = run_against(server.port(), {"--rate", "100", "--duration", "0.1", "--connections",
                                             "1", "--timeout-ms", "150"});
  CHECK(r.total().total() == 10);
  // The first is given up after 150 ms, the second one is on its way when the waiting ends.
  CHECK(r.total().count(ending::timeout) + r.total().count(ending::unsent) == 10);
  CHECK(r.total().count(ending::unsent) >= 8);
  CHECK(r.total().all().max() >= 150ms);
}

TEST_CASE("an interrupted run ends soon and reports what it has") {
  std::atomic<bool> interrupted = false;
  scripted_server server([&interrupted](const auto& request) {
    if (request.number == 30) interrupted = true;
    return reply{response_with("x")};
  });
  const auto r = run_against(
      server.port(), {"--rate", "200", "--duration", "600", "--connections", "2"}, interrupted);
  CHECK(r.total().succeeded() > 25);
  CHECK(r.elapsed < 60s);
}

TEST_CASE("a run that is interrupted while it connects gives up connecting and sends nothing") {
  // A backlog that is full: further connections are neither taken nor refused.
  namespace asio = boost::asio;
  asio::io_context context;
  const asio::ip::tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
  asio::ip::tcp::acceptor full(context);
  full.open(any.protocol());
  full.bind(any);
  full.listen(0);
  std::atomic<bool> interrupted = false;
  const std::jthread first_one([&] {
    const auto taken = full.accept();
    interrupted = true;
  });
  const auto port = full.local_endpoint().port();
  auto run = std::async(std::launch::async, [&] {
    return run_against(
        port, {"--closed", "--duration", "1", "--connections", "32", "--timeout-ms", "3600000"},
        interrupted);
  });
  // One that does not give up would wait for an hour, if the door stayed as it is.
  const bool gave_up = run.wait_for(20s) == std::future_status::ready;
  if (!gave_up) full.close();
  CHECK(gave_up);
  CHECK(run.get().total().total() == 0);
}

TEST_CASE("a closed loop is limited by its connections only, and the JSON says what was run") {
  scripted_server server([](const auto&) { return reply{response_with("x")}; });
  const auto o = std::get<options>(
      parse_options({"--closed", "--duration", "0.2", "--connections", "2", "--method", "HEAD",
                     "http://127.0.0.1:" + std::to_string(server.port()) + "/"}));
  // The answer to HEAD carries a body here, against the rules: no request may be counted twice.
  const auto r = run_load(o.plan, std::get<target>(make_target(o.plan)), false, [](const auto&) {});
  CHECK(r.total().succeeded() == 0);
  CHECK(r.total().count(ending::bad_response) == r.total().total());
  const auto json = boost::json::parse(json_report(o, r)).as_object();
  CHECK(json.at("plan").at("loop") == "closed");
  CHECK(json.at("errors").at("bad_response").to_number<std::uint64_t>() == r.total().total());
  CHECK(json.at("latency_all").at("count").to_number<std::uint64_t>() == r.total().total());
}
