// The cases of the W3C's own conformance suite, as far as a service that starts no traces has them,
// and the edges of the grammar.
#include "http/trace_context.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tailrace;
using http::parse_traceparent;

namespace {

const std::string trace = "0af7651916cd43dd8448eb211c80319c";
const std::string parent = "b7ad6b7169203331";
const std::string valid = "00-" + trace + "-" + parent + "-01";

http::fields fields(std::vector<std::pair<std::string_view, std::string_view>> all) {
  http::fields out;
  for (const auto& [name, value] : all) out.add({http::field_name::unknown, name, value});
  return out;
}

std::string state_of(std::vector<std::string_view> values) {
  http::fields all;
  for (const auto value : values) all.add({http::field_name::unknown, "TraceState", value});
  return http::tracestate_of(all);
}

}  // namespace

TEST_CASE("trace context: a valid one is understood") {
  const auto found = parse_traceparent(valid);
  REQUIRE(found);
  CHECK(found->trace_id == trace);
  CHECK(found->parent_id == parent);
  CHECK(found->flags == 1);
}

TEST_CASE("trace context: flags that are defined are kept, others are not") {
  const auto flags = [](const std::string& two) {
    const auto found = parse_traceparent("00-" + trace + "-" + parent + "-" + two);
    REQUIRE(found);
    return found->flags;
  };
  CHECK(flags("00") == 0);
  CHECK(flags("01") == 1);
  CHECK(flags("02") == 2);
  CHECK(flags("03") == 3);
  CHECK(flags("ff") == 3);
  CHECK(flags("84") == 0);
}

TEST_CASE("trace context: what breaks the grammar is no trace") {
  const std::string zeros(32, '0');
  const std::string cases[] = {
      "",
      "00",
      "00-" + trace,
      "00-" + trace + "-" + parent,
      "00-" + trace + "-" + parent + "-",
      "00-" + trace + "-" + parent + "-1",
      valid + "-",      // version 00 says no more than that
      valid + "-what",  // …
      valid + ".",
      valid + "1",
      "00-" + zeros + "-" + parent + "-01",
      "00-" + trace + "-" + zeros.substr(0, 16) + "-01",
      "ff-" + trace + "-" + parent + "-01",  // never a version
      "0-" + trace + "-" + parent + "-01",
      "000-" + trace + "-" + parent + "-01",
      ".0-" + trace + "-" + parent + "-01",
      "0.-" + trace + "-" + parent + "-01",
      "00-" + trace.substr(1) + "-" + parent + "-01",
      "00-" + trace + "0-" + parent + "-01",
      "00-" + trace + "-" + parent.substr(1) + "-01",
      "00-" + trace + "-" + parent + "0-01",
      "00-" + trace + "-" + parent + "-001",
      "00-" + trace + "-" + parent + "-.0",
      "00-" + trace + "-" + parent + "-0.",
      "00_" + trace + "_" + parent + "_01",
      " " + valid,  // white space around a value is taken off before
      valid + " ",
  };
  for (const std::string& each : cases) {
    CAPTURE(each);
    CHECK_FALSE(parse_traceparent(each));
  }
  // Not a digit in any place, in either case.
  for (const char bad : {'G', 'A', 'F', '.', ' ', '\0', '\xff'}) {
    for (std::size_t i = 0; i < valid.size(); ++i) {
      std::string broken = valid;
      broken[i] = bad;
      CAPTURE(broken);
      CHECK_FALSE(parse_traceparent(broken));
    }
  }
}

TEST_CASE("trace context: of a version to come the part that is known counts") {
  const std::string later = "cc" + valid.substr(2);
  CHECK(parse_traceparent(later)->trace_id == trace);
  const std::string more = later + "-what-the-future-will-be-like";
  CHECK(parse_traceparent(more)->parent_id == parent);
  CHECK(parse_traceparent(later + "-")->flags == 1);
  CHECK_FALSE(parse_traceparent(later + ".what-the-future-will-be-like"));
  CHECK_FALSE(parse_traceparent(later + "1"));
}

TEST_CASE("trace context: of several fields nobody knows which is meant") {
  CHECK(http::trace_of(fields({{"Traceparent", valid}})));
  CHECK(http::trace_of(fields({{"x", "y"}, {"TRACEPARENT", valid}})));
  CHECK_FALSE(http::trace_of(fields({{"traceparent", valid}, {"traceparent", valid}})));
  CHECK_FALSE(http::trace_of(fields({{"traceparent", "nonsense"}, {"traceparent", valid}})));
  CHECK_FALSE(http::trace_of(fields({{"trace-parent", valid}})));
  CHECK_FALSE(http::trace_of(fields({})));
}

TEST_CASE("trace context: tracestate is passed on as it came") {
  CHECK(state_of({"foo=1,bar=2"}) == "foo=1,bar=2");
  CHECK(state_of({"foo=1", "bar=2", "rojo=1,congo=2"}) == "foo=1,bar=2,rojo=1,congo=2");
  CHECK(state_of({"foo=1 \t , \t bar=2"}) == "foo=1 \t , \t bar=2");
  CHECK(state_of({"foo=1,", ""}) == "foo=1,,");  // empty entries are allowed
  CHECK(state_of({"foo=\" !#$%&'()*+-./:;<>?@[\\]^_`{|}~"}) ==
        "foo=\" !#$%&'()*+-./:;<>?@[\\]^_`{|}~");
  CHECK(state_of({"tenant@system=1,0fw529a3039@dt=FfAh"}) == "tenant@system=1,0fw529a3039@dt=FfAh");
  CHECK(state_of({"a/b_c-d*e=1"}) == "a/b_c-d*e=1");
}

TEST_CASE("trace context: a tracestate that breaks the grammar or the limits is left out") {
  for (const std::string& each :
       {std::string(), std::string(","), std::string("foo"), std::string("foo 1"),
        std::string("foo=1,bar"), std::string("=1"), std::string("foo="), std::string("foo=a=b"),
        std::string("FOO=1"), std::string("foo.fum=1"), std::string("foo =1"),
        std::string("_foo=1"), std::string("foo=b\xc3\xa4r"), std::string("foo=b\tr"),
        std::string(257, 'a') + "=1", "foo=" + std::string(257, 'a')}) {
    CAPTURE(each);
    CHECK(state_of({each}).empty());
  }
  CHECK(state_of({std::string(256, 'a') + "=1"}).size() == 258);
  std::string many;
  for (int i = 0; i < 32; ++i) many += "a" + std::to_string(i) + "=1,";
  CHECK(state_of({many}) == many);
  CHECK(state_of({many, "more=1"}).empty());
  const std::string large = "a=" + std::string(254, 'x');
  CHECK(state_of({large, large, large, large.substr(0, 253)}).size() == 1024);
  CHECK(state_of({large, large, large, large}).empty());
}

TEST_CASE("trace context: what is sent on has the trace, our span and the flags") {
  const std::string came = "cc-" + trace + "-" + parent + "-ff-more";
  const auto found = parse_traceparent(came);
  REQUIRE(found);
  const std::string span = http::span_id_text(0x00000000000000afULL);
  CHECK(span == "00000000000000af");
  const std::string sent = http::traceparent_text(*found, span);
  CHECK(sent == "00-" + trace + "-00000000000000af-03");
  CHECK(parse_traceparent(sent));
  CHECK(http::span_id_text(0xb7ad6b7169203331ULL) == parent);
}
