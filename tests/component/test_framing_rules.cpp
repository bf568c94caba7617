// Every framing rule over a real socket: with the next request in the same segment, byte by byte,
// and in two pieces split at every position.
#include "compute/hash/hasher.hpp"
#include "core/body.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/framing_rules.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;
using test::framing_rule;
using test::framing_rules;

namespace {

const std::string livez = test::get("/livez");
const std::string last = test::get("/livez", "Connection: close\r\n");
// Many at a time, so that what a first piece has begun waits beside others.
constexpr std::size_t clients_max = 100;

struct reply {
  unsigned status = 0;
  bool close = false;
  std::string body;
};

// All final answers in `bytes`; the first has no body if it answers HEAD. What is no answer shows
// as one with status 0.
std::vector<reply> replies_in(std::string_view bytes, bool to_head) {
  std::vector<reply> all;
  while (!bytes.empty()) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == bytes.npos || !bytes.starts_with("HTTP/1.1 ")) {
      all.push_back({0, false, std::string(bytes)});
      return all;
    }
    const std::string head(bytes.substr(0, end + 2));
    bytes.remove_prefix(end + 4);
    reply r{static_cast<unsigned>(std::stoul(head.substr(9, 3))), false, {}};
    if (r.status / 100 == 1) continue;
    r.close = head.find("\r\nConnection: close\r\n") != head.npos;
    const auto length = head.find("\r\nContent-Length: ");
    if (length != head.npos && !(to_head && all.empty())) {
      r.body = bytes.substr(0, std::stoull(head.substr(length + 18)));
      bytes.remove_prefix(r.body.size());
    }
    all.push_back(std::move(r));
  }
  return all;
}

std::string digest_of(std::string_view body) {
  const std::array which{hash::algorithm::sha256};
  hash::hasher h(which);
  h.update(as_bytes(body));
  return std::string(h.finish().front().hex());
}

// What is wrong with the answers to the rule's bytes and a last request behind them; or nothing.
std::string judge(const framing_rule& rule, std::string_view received) {
  const auto replies = replies_in(received, rule.bytes.starts_with("HEAD "));
  const std::string told = "; received: " + std::string(received);
  if (replies.empty() || replies.front().status != rule.status) return "wrong status" + told;
  const bool hashed = rule.bytes.starts_with("POST /v1/hash ") && rule.status == 200;
  if (hashed && replies.front().body.find(digest_of(rule.body)) == std::string::npos)
    return "wrong body" + told;
  if (replies.front().close == rule.keep) return "wrong persistence" + told;
  if (!rule.keep)
    return replies.size() == 1 ? std::string() : "read on behind the last request" + told;
  const bool ended = replies.size() == 2 && replies.back().status == 200 && replies.back().close &&
                     replies.back().body == "ok\n";
  return ended ? std::string() : "the next request was lost" + told;
}

// Answered when the service has looked at all that was sent on other connections before: it has
// one I/O thread here.
void let_it_read(test::raw_client& probe) {
  probe.send(livez);
  if (!probe.answer().starts_with("HTTP/1.1 200 ")) FAIL("the service does not answer");
}

// Sends the rule's bytes on a connection for each of `splits`, each time in two pieces.
std::string send_split(const framing_rule& rule, const std::vector<std::size_t>& splits,
                       std::uint16_t port, test::raw_client& probe) {
  const std::string bytes = rule.bytes + last;
  std::vector<std::unique_ptr<test::raw_client>> clients;
  for (const std::size_t split : splits) {
    clients.push_back(std::make_unique<test::raw_client>(port));
    clients.back()->send(bytes.substr(0, split));
  }
  let_it_read(probe);
  // A refusal may have come already.
  for (std::size_t i = 0; i < splits.size(); ++i) clients[i]->send(bytes.substr(splits[i]));
  for (std::size_t i = 0; i < splits.size(); ++i) {
    const std::string wrong = judge(rule, clients[i]->rest());
    clients[i]->reset();
    if (!wrong.empty()) return "split at " + std::to_string(splits[i]) + ": " + wrong;
  }
  return {};
}

std::vector<std::vector<std::size_t>> batches_of_splits(const framing_rule& rule) {
  // Rows that are long because of a limit are split at some positions only.
  const std::size_t size = rule.bytes.size();
  const std::size_t stride = size <= 1024 ? 1 : size / 97;
  std::vector<std::vector<std::size_t>> batches;
  for (std::size_t split = 1; split <= size; split += stride) {
    if (batches.empty() || batches.back().size() == clients_max) batches.emplace_back();
    batches.back().push_back(split);
  }
  return batches;
}

}  // namespace

TEST_CASE("every framing rule holds on a socket, with the next request in the same segment") {
  test::service s({"--io-threads=1"});
  for (const framing_rule& rule : framing_rules()) {
    CAPTURE(rule.name, rule.section, rule.bytes.substr(0, 300));
    test::raw_client c(s.port());
    c.send(rule.bytes + last);
    CHECK(judge(rule, c.rest()) == "");
  }
}

TEST_CASE("every framing rule holds on a socket, byte by byte") {
  test::service s({"--io-threads=1"});
  for (const framing_rule& rule : framing_rules()) {
    CAPTURE(rule.name, rule.section, rule.bytes.substr(0, 300));
    test::raw_client c(s.port());
    const std::string bytes = rule.bytes + last;
    for (const char byte : bytes) c.send({&byte, 1});
    CHECK(judge(rule, c.rest()) == "");
  }
}

TEST_CASE("every framing rule holds on a socket, split at every position") {
  test::service s({"--io-threads=1"});
  test::raw_client probe(s.port());
  for (const framing_rule& rule : framing_rules()) {
    CAPTURE(rule.name, rule.section, rule.bytes.substr(0, 300));
    for (const auto& splits : batches_of_splits(rule))
      CHECK(send_split(rule, splits, s.port(), probe) == "");
  }
}

TEST_CASE("a length over the limit is refused, and nothing behind it is read as a request") {
  test::service s;
  for (const std::string length : {"67108865", "4611686018427387904"}) {
    test::raw_client c(s.port());
    c.send("POST /v1/resize?width=9 HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n" +
           last);
    const auto replies = replies_in(c.rest(), false);
    REQUIRE(replies.size() == 1);
    CHECK(replies.front().status == 413);
    CHECK(replies.front().close);
  }
}
