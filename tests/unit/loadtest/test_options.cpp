#include "loadtest/generator/options.hpp"
#include "loadtest/generator/target.hpp"

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using namespace tailrace::load;

namespace {

using arguments = std::vector<std::string>;

std::string refusal_of(const arguments& a) {
  const auto parsed = parse_options(a);
  const auto* early = std::get_if<early_exit>(&parsed);
  return early != nullptr && early->code == 2 ? early->text : "accepted";
}

target target_of(const arguments& a) {
  return std::get<target>(make_target(std::get<options>(parse_options(a)).plan));
}

std::string target_refusal_of(const arguments& a) {
  const auto made = make_target(std::get<options>(parse_options(a)).plan);
  const auto* reason = std::get_if<std::string>(&made);
  return reason != nullptr ? *reason : "accepted";
}

}  // namespace

TEST_CASE("a rate makes an open loop, rate 0 and --closed a closed one") {
  const auto open = std::get<options>(
      parse_options({"--rate", "2.5", "--duration", "0.5", "--timeout-ms", "7", "http://h/"}));
  CHECK_FALSE(open.plan.closed);
  REQUIRE(open.plan.phases.size() == 1);
  CHECK(open.plan.phases[0].rate == 2.5);
  CHECK(open.plan.phases[0].recorded);
  CHECK(open.plan.length() == 500ms);
  CHECK(open.plan.timeout == 7ms);
  REQUIRE(open.plan.kinds.size() == 1);
  CHECK(open.plan.kinds[0].method == "GET");
  CHECK_FALSE(open.plan_file);
  CHECK(std::get<options>(parse_options({"--rate", "0", "http://h/"})).plan.closed);
  CHECK(std::get<options>(parse_options({"--closed", "http://h/"})).plan.closed);
}

TEST_CASE("contradictions and nonsense are refused, with words") {
  CHECK(refusal_of({"http://h/"}).find("--rate") != std::string::npos);
  CHECK(refusal_of({"--rate", "5", "--closed", "http://h/"}).find("exclude") != std::string::npos);
  CHECK(refusal_of({"--closed"}).find("URL") != std::string::npos);
  CHECK(refusal_of({"--rate", "-1", "http://h/"}) != "accepted");
  CHECK(refusal_of({"--rate", "nan", "http://h/"}) != "accepted");
  for (const char* rate : {"10000001", "1e12", "inf"}) {
    CHECK(refusal_of({"--rate", rate, "http://h/"}) == "--rate must be from 0 to 10000000\n");
  }
  CHECK(refusal_of({"--closed", "--duration", "0", "http://h/"}) != "accepted");
  CHECK(refusal_of({"--closed", "--threads", "4", "--connections", "3", "http://h/"}) !=
        "accepted");
  CHECK(refusal_of({"--closed", "--ok-status", "20x", "http://h/"}) != "accepted");
  CHECK(refusal_of({"--closed", "--body-file", "/nonexistent", "http://h/"}) != "accepted");
  CHECK(refusal_of({"--closed", "--no-such-flag", "http://h/"}) != "accepted");
}

TEST_CASE("successes can be listed") {
  const auto o =
      std::get<options>(parse_options({"--closed", "--ok-status", "200-201,404", "http://h/"}));
  CHECK(o.plan.kinds[0].expect.successes[200]);
  CHECK(o.plan.kinds[0].expect.successes[201]);
  CHECK(o.plan.kinds[0].expect.successes[404]);
  CHECK_FALSE(o.plan.kinds[0].expect.successes[202]);
  CHECK_FALSE(o.plan.kinds[0].expect.successes[301]);
}

TEST_CASE("a request is written as it should be on the wire") {
  const target all =
      target_of({"--closed", "--body-size", "3", "--content-type", "a/b", "--header", "X-Y: z",
                 "http://127.0.0.1:81/p?q=local:///f&w=1", "http://127.0.0.1:81"});
  CHECK(all.host == "127.0.0.1");
  CHECK(all.port == "81");
  const message& t = all.kinds.at(0);
  REQUIRE(t.heads.size() == 2);
  CHECK(t.heads[0].text ==
        "POST /p?q=local:///f&w=1 HTTP/1.1\r\nHost: 127.0.0.1:81\r\n"
        "User-Agent: tailrace-load\r\nX-Y: z\r\nContent-Type: a/b\r\nContent-Length: 3\r\n\r\n");
  CHECK(t.heads[1].text.starts_with("POST / HTTP/1.1\r\n"));
  CHECK(t.body.size() == 3);

  const target plain =
      target_of({"--closed", "--no-keepalive", "--header", "Host: other", "http://[::1]/"});
  CHECK(plain.host == "::1");
  CHECK(plain.port == "80");
  CHECK(plain.kinds[0].heads[0].text ==
        "GET / HTTP/1.1\r\nUser-Agent: tailrace-load\r\nHost: other\r\nConnection: close\r\n\r\n");
}

TEST_CASE("a port is from 1 to 65535, and 80 when the URL has none") {
  const auto port_of = [](const char* url) { return target_of({"--closed", url}).port; };
  CHECK(port_of("http://h/") == "80");
  CHECK(port_of("http://h:/") == "80");
  CHECK(port_of("http://h:1/") == "1");
  CHECK(port_of("http://h:0080/") == "80");
  CHECK(port_of("http://h:65535/") == "65535");
  for (const char* url :
       {"http://h:0/", "http://h:65536/", "http://h:99999/", "http://h:18446744073709551696/"}) {
    INFO(url);
    CHECK(target_refusal_of({"--closed", url}).find("not from 1 to 65535") != std::string::npos);
  }
}

TEST_CASE("what cannot be sent faithfully is refused") {
  CHECK(target_refusal_of({"--closed", "https://h/"}) != "accepted");
  CHECK(target_refusal_of({"--closed", "h/x"}) != "accepted");
  CHECK(target_refusal_of({"--closed", "http://h/", "http://g/"}) != "accepted");
  CHECK(target_refusal_of({"--closed", "--header", "no colon", "http://h/"}) != "accepted");
  CHECK(target_refusal_of({"--closed", "--header", "X: a\r\nY: b", "http://h/"}) != "accepted");
  CHECK(target_refusal_of({"--closed", "--header", "Content-Length: 3", "http://h/"}) !=
        "accepted");
  CHECK(target_refusal_of({"--closed", "--method", "G T", "http://h/"}) != "accepted");
}
