#include "loadtest/generator/bodies.hpp"
#include "loadtest/generator/options.hpp"
#include "loadtest/generator/plan_file.hpp"
#include "loadtest/generator/target.hpp"

#include <boost/json/parse.hpp>

#include <stdexcept>

#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"

using namespace std::chrono_literals;
using namespace tailrace::load;
namespace json = boost::json;

namespace {

const std::string good = R"({
  "base": "http://127.0.0.1:8080", "connections": 256, "threads": 2, "keepalive": false,
  "timeout_ms": 5000, "arrivals": "poisson", "seed": 7,
  "phases": [{"name": "warm", "seconds": 0.5, "rate": 100, "recorded": false},
             {"name": "load", "seconds": 20, "rate": 130.5}],
  "requests": [
    {"name": "hash", "weight": 90, "method": "POST", "path": "/v1/hash", "body_bytes": 1000,
     "headers": ["Content-Type: a/b"], "refusals": [503, 429],
     "expect": {"statuses": [200, 206], "body_digest": true, "json": {"bytes": 1000},
                "headers": {"X-A": "b"}}},
    {"name": "resize", "weight": 10, "path": "/r?x={n}&y={n}",
     "expect": {"image": {"format": "jpeg", "width": 300}}}]})";

plan read(const std::string& text) {
  return plan_from(json::parse(text).as_object());
}

// What stands in the good plan, what instead makes it a bad one, and what is then said.
const std::tuple<const char*, const char*, const char*> refused[] = {
    {R"("seed")", R"("sead")", "sead is unknown here; known are base, connections"},
    {R"("rate": 130.5)", R"("rate": 1, "rat": 1)", "phases[1].rat is unknown"},
    {R"("weight": 90)", R"("wait": 90)", "requests[0].wait is unknown"},
    {R"("statuses")", R"("status")", "requests[0].expect.status is unknown"},
    {R"("width")", R"("widht")", "requests[1].expect.image.widht is unknown"},
    {R"("connections": 256)", R"("connections": "256")",
     "connections must be a whole number from 1 to 60000"},
    {R"("connections": 256)", R"("connections": 0)", "connections must be"},
    {R"("connections": 256)", R"("connections": 2.5)", "connections must be a whole number"},
    {R"("connections": 256)", R"("connections": -1)", "connections must be a whole number"},
    {R"("connections": 256)", R"("connections": 1)", "threads must be at most as many"},
    {R"("keepalive": false)", R"("keepalive": 0)", "keepalive must be true or false"},
    {R"("timeout_ms": 5000)", R"("timeout_ms": 0)", "timeout_ms must be"},
    {R"("poisson")", R"("uniform")", "arrivals must be constant or poisson"},
    {R"("seed": 7)", R"("seed": -7)", "seed must be a whole number"},
    {R"("http://127.0.0.1:8080")", R"("https://h")", "base must be http://"},
    {R"("http://127.0.0.1:8080")", R"("http://h/x")", "base must be http://"},
    {R"("http://127.0.0.1:8080")", R"("http://u@h")", "base must be http://"},
    {R"("http://127.0.0.1:8080")", R"("h:80")", "base must be http://"},
    {R"("base": "http://127.0.0.1:8080",)", "", "base is missing"},
    {R"("seconds": 20)", R"("seconds": 0)", "phases[1].seconds must be a number over 0"},
    {R"("seconds": 20)", R"("seconds": 1e-12)", "phases[1].seconds must be at least"},
    {R"("seconds": 20)", R"("seconds": 999999.9)", "phases must be at most 1000000 s"},
    {R"("seconds": 20)", R"("seconds": 1e7)",
     "phases[1].seconds must be a number over 0 and at most 1000000"},
    {R"("rate": 130.5)", R"("rate": 0)", "phases[1].rate must be a number over 0"},
    {R"("rate": 130.5)", R"("rate": -1)", "phases[1].rate must be a number over 0"},
    {R"("rate": 130.5)", R"("rate": 1.1e7)", "phases[1].rate must be a number over 0 and at most"},
    {R"("rate": 130.5)", R"("rate": "many")", "phases[1].rate must be a number over 0"},
    {R"(, "rate": 130.5)", "", "phases[1].rate is missing"},
    {R"("load")", R"("warm")", "phases[1].name is that of another one: warm"},
    {R"("rate": 130.5)", R"("rate": 130.5, "recorded": false)", "phases has none that is recorded"},
    {R"("weight": 90)", R"("weight": 0)", "requests[0].weight must be a number over 0"},
    {R"("weight": 90)", R"("weight": 1e308)",
     "requests[0].weight must be a number over 0 and at most 1000000000"},
    {R"("resize")", R"("hash")", "requests[1].name is that of another one: hash"},
    {R"("resize")", R"("")", "requests[1].name must be a string"},
    {R"("/v1/hash")", R"("v1/hash")", "requests[0].path must be a path that begins with /"},
    {R"("/v1/hash")", R"("/v1#x")", "requests[0].path must be a path"},
    {R"("body_bytes": 1000)", R"("body_bytes": 1000, "body_file": "x")",
     "requests[0].body_bytes and requests[0].body_file exclude each other"},
    {R"("body_bytes": 1000)", R"("body_file": "/nonexistent/x")",
     "requests[0].body_file: cannot read /nonexistent/x"},
    {R"("body_bytes": 1000)", R"("body_bytes": 99999999999)", "requests[0].body_bytes must be"},
    {R"("body_bytes": 1000,)", "", "requests[0].expect.body_digest must be without a body false"},
    {R"("Content-Type: a/b")", R"("X: {n}")", "requests[0].headers[0] must be without {n}"},
    {R"(["Content-Type: a/b"])", R"("X: a")", "requests[0].headers must be a list"},
    {R"([503, 429])", R"([])", "requests[0].refusals must be a list that is not empty"},
    {R"([503, 429])", R"([99])", "requests[0].refusals[0] must be a whole number from 100"},
    {R"([503, 429])", R"([206])", "requests[0].refusals must be without 206"},
    {R"([200, 206])", R"("200")", "requests[0].expect.statuses must be a list"},
    {R"({"bytes": 1000})", R"({"bytes": true})", "json[\"bytes\"] must be a string or a number"},
    {R"({"bytes": 1000})", R"({"a..b": 1})", "json[\"a..b\"] must be a path of names"},
    {R"({"bytes": 1000})", R"({})", "requests[0].expect.json must be an object that is not"},
    {R"({"bytes": 1000})", R"({"digests.sha256": "x"})", "body_digest says, too"},
    {R"({"X-A": "b"})", R"({"X-A": 1})", "requests[0].expect.headers.X-A must be a string"},
    {R"("jpeg")", R"("gif")", "requests[1].expect.image.format must be jpeg, png or webp"},
    {R"("format": "jpeg", )", "", "requests[1].expect.image.format is missing"},
    {R"("width": 300)", R"("width": 0)", "requests[1].expect.image.width must be"},
    {R"({"image")", R"({"json": {"a": 1}, "image")", "wants an image and JSON of one body"},
    {R"("path": "/r)", R"("method": "HEAD", "path": "/r)", "the answer to HEAD has none"},
};

// The good plan with one place replaced: what is said against it.
std::string refusal_with(const std::string& what, const std::string& instead) {
  std::string text = good;
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  try {
    read(text.replace(at, what.size(), instead));
    return "accepted";
  } catch (const std::runtime_error& e) {
    return e.what();
  }
}

}  // namespace

TEST_CASE("a plan file says all of it") {
  const plan p = read(good);
  CHECK(p.connections == 256);
  CHECK(p.threads == 2);
  CHECK_FALSE(p.keepalive);
  CHECK(p.timeout == 5s);
  CHECK_FALSE(p.closed);
  CHECK(p.arrivals == arrivals::poisson);
  CHECK(p.seed == 7);
  REQUIRE(p.phases.size() == 2);
  CHECK(p.phases[0].length == 500ms);
  CHECK_FALSE(p.phases[0].recorded);
  CHECK(p.phases[1].name == "load");
  CHECK(p.phases[1].rate == 130.5);
  CHECK(p.phases[1].recorded);
  CHECK(p.length() == 20500ms);
  REQUIRE(p.kinds.size() == 2);

  const request_kind& hash = p.kinds[0];
  CHECK(hash.weight == 90);
  CHECK(hash.body.size() == 1000);
  CHECK(hash.expect.refusals[503]);
  CHECK(hash.expect.refusals[429]);
  CHECK(hash.expect.successes[206]);
  CHECK_FALSE(hash.expect.successes[304]);
  REQUIRE(hash.expect.json.size() == 2);
  CHECK(hash.expect.json[1].path == std::vector<std::string>{"digests", "sha256"});
  CHECK(std::get<std::string>(hash.expect.json[1].expected) == sha256_hex(hash.body));

  const request_kind& resize = p.kinds[1];
  CHECK(resize.method == "GET");
  CHECK(resize.expect.successes[200]);
  CHECK_FALSE(resize.expect.successes[201]);
  CHECK(resize.expect.image->width == 300U);
  CHECK_FALSE(resize.expect.image->height);
}

TEST_CASE("what a plan leaves out has the defaults of the flags") {
  const plan p = read(R"({"base": "http://h", "phases": [{"name": "p", "seconds": 1, "rate": 1}],
                          "requests": [{"name": "r", "path": "/"}]})");
  const plan by_flags =
      std::get<options>(parse_options({"--rate", "1", "--duration", "1", "http://h/"})).plan;
  CHECK(p.connections == by_flags.connections);
  CHECK(p.threads == by_flags.threads);
  CHECK(p.keepalive == by_flags.keepalive);
  CHECK(p.timeout == by_flags.timeout);
  CHECK(p.arrivals == by_flags.arrivals);
  CHECK(p.seed == by_flags.seed);
  CHECK(p.kinds[0].urls == by_flags.kinds[0].urls);
  CHECK(p.kinds[0].method == by_flags.kinds[0].method);
}

TEST_CASE("bodies are random by the seed and the request's place, and otherwise the same") {
  const std::string two = R"({"base": "http://h", "seed": 5,
      "phases": [{"name": "p", "seconds": 1, "rate": 1}],
      "requests": [{"name": "a", "path": "/", "body_bytes": 64},
                   {"name": "b", "path": "/", "body_bytes": 64}]})";
  const plan p = read(two);
  CHECK(p.kinds[0].method == "POST");
  CHECK(p.kinds[0].body != p.kinds[1].body);
  CHECK(p.kinds[0].body == read(two).kinds[0].body);
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("in a closed loop rates may be missing and are ignored") {
  const plan p = read(R"({"base": "http://h", "closed": true,
                          "phases": [{"name": "p", "seconds": 1}],
                          "requests": [{"name": "r", "path": "/"}]})");
  CHECK(p.closed);
}

TEST_CASE("whatever is wrong is refused in words that name its place") {
  CHECK_NOTHROW(read(good));
  CHECK(refusal_with("130.5", "1e7") == "accepted");
  CHECK(refusal_with(": 90", ": 1e9") == "accepted");
  for (const auto& [what, instead, words] : refused) {
    INFO(what << " replaced by " << instead);
    const auto said = refusal_with(what, instead);
    INFO(said);
    CHECK(said.find(words) != std::string::npos);
  }
  CHECK_THROWS_AS(read(R"({"base": "http://h", "phases": [], "requests": []})"),
                  std::runtime_error);
}

TEST_CASE("a plan file is named when it is bad, and excludes the flags that it replaces") {
  const auto said = [](const std::vector<std::string>& arguments) {
    const auto parsed = parse_options(arguments);
    const auto* early = std::get_if<early_exit>(&parsed);
    return early != nullptr && early->code == 2 ? early->text : "accepted";
  };
  const tailrace::test::temporary_folder folder;
  const std::string fine = folder.write("fine.json", good);
  const std::string broken = folder.write("broken.json", "{\"base\": ");
  const std::string list = folder.write("list.json", "[]");
  CHECK(said({"--plan", fine, "--json", "-", "--progress"}) == "accepted");
  CHECK(said({"--plan", broken}).find(broken + ": is no JSON") == 0);
  CHECK(said({"--plan", list}).find("is no JSON object") != std::string::npos);
  CHECK(said({"--plan", "/nonexistent"}).find("cannot read /nonexistent") != std::string::npos);
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"--rate", "5"}, {"--closed"}, {"http://h/"}, {"--seed", "1"}}) {
    auto arguments = more;
    arguments.insert(arguments.end(), {"--plan", fine});
    CHECK(said(arguments).find("exclude each other") != std::string::npos);
  }
  const auto o = std::get<options>(parse_options({"--plan", fine}));
  REQUIRE(o.plan_file);
  CHECK(*o.plan_file == json::parse(good).as_object());
  CHECK(o.plan.kinds.size() == 2);
}

TEST_CASE("a running number is put where {n} stands in a path, and nowhere else") {
  const target t = std::get<target>(make_target(read(good)));
  REQUIRE(t.kinds.size() == 2);
  CHECK(t.kinds[0].heads.at(0).numbers_at.empty());
  const message_head& head = t.kinds[1].heads.at(0);
  CHECK(head.with(0).starts_with("GET /r?x=0&y=0 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"));
  CHECK(head.with(18446744073709551615U)
            .starts_with("GET /r?x=18446744073709551615&y=18446744073709551615 HTTP/1.1\r\n"));
  CHECK(t.kinds[1].keep.body_bytes_max > 0);

  const auto refusal = [](const std::string& url) {
    plan p = read(good);
    p.kinds[0].urls = {url};
    const auto made = make_target(p);
    const auto* reason = std::get_if<std::string>(&made);
    return reason == nullptr ? "accepted" : *reason;
  };
  CHECK(refusal("http://h{n}/").find("has {n} before its path") != std::string::npos);
  CHECK(refusal("{n}http://h/") != "accepted");
  CHECK(refusal("http://h/{n") != "accepted");
  CHECK(refusal("http://h:99999/") ==
        "request 'hash': 'http://h:99999/' has a port that is not from 1 to 65535");
  CHECK(refusal("http://h/a b").find("request 'hash'") == 0);
}
