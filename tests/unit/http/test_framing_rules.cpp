// Every framing rule against the pure checker, in every split.
#include "http/problem.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/framing_check.hpp"
#include "tests/support/framing_rules.hpp"

using namespace tailrace;
using test::check_framing;
using test::framing_rules;
using test::framing_verdict;

namespace {

const std::string next_request = test::get("/livez");

// Long rows are long because of a limit; every position of them would take minutes.
std::size_t stride_of(const std::string& bytes) {
  return bytes.size() <= 1024 ? 1 : bytes.size() / 199;
}

}  // namespace

TEST_CASE("every framing rule holds") {
  for (const test::framing_rule& rule : framing_rules()) {
    CAPTURE(rule.name, rule.section, rule.bytes.substr(0, 300));
    const framing_verdict v = check_framing(rule.bytes + next_request, 0);
    if (rule.accepted) {
      CHECK_FALSE(v.refused);
      CHECK(v.complete);
      CHECK(v.body == rule.body);
      CHECK(v.keep_alive == rule.keep);
      // The next request begins right behind it.
      CHECK(v.bytes == rule.bytes.size());
    } else {
      CHECK(v.refused);
      CHECK((v.refused ? http::status_of(*v.refused) : 0) == rule.status);
    }
  }
}

TEST_CASE("no framing rule depends on how the bytes are split") {
  for (const test::framing_rule& rule : framing_rules()) {
    CAPTURE(rule.name, rule.section, rule.bytes.substr(0, 300));
    const std::string bytes = rule.bytes + next_request;
    const framing_verdict whole = check_framing(bytes, 0);
    std::size_t different = 0;
    for (std::size_t split = 1; split <= bytes.size(); split += stride_of(bytes))
      different += check_framing(bytes, split) == whole ? 0 : 1;
    CHECK(different == 0);
    test::framing_check check;
    for (const char c : bytes) check.feed({&c, 1});
    CHECK(check.verdict() == whole);
  }
}

TEST_CASE("an accepted request is complete with its last byte and not before") {
  for (const test::framing_rule& rule : framing_rules()) {
    if (!rule.accepted) continue;
    CAPTURE(rule.name, rule.section);
    for (std::size_t size = 0; size < rule.bytes.size(); size += stride_of(rule.bytes)) {
      const framing_verdict v = check_framing(rule.bytes.substr(0, size), size / 2);
      if (v.complete || v.refused) FAIL("with " << size << " bytes: " << v);
    }
    CHECK(check_framing(rule.bytes, rule.bytes.size()).complete);
  }
}

TEST_CASE("rows of the framing table have names of their own") {
  std::multiset<std::string> names;
  for (const test::framing_rule& rule : framing_rules())
    names.insert(std::string(rule.section) + ": " + rule.name + rule.bytes);
  for (const std::string& name : names) {
    CAPTURE(name);
    CHECK(names.count(name) == 1);
  }
  CHECK(names.size() >= 250);
}
