#include "loadtest/origin/gzip.hpp"
#include "loadtest/origin/request.hpp"
#include "loadtest/origin/wish.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"

using namespace tailrace::load::faulty;

namespace {

wish wished(std::string_view query) {
  const auto parsed = parse_wish(query);
  const auto* const reason = std::get_if<std::string>(&parsed);
  INFO(query << ": " << (reason == nullptr ? "" : *reason));
  REQUIRE(reason == nullptr);
  return std::get<wish>(parsed);
}

std::string refusal_of(std::string_view query) {
  const auto parsed = parse_wish(query);
  const auto* const reason = std::get_if<std::string>(&parsed);
  return reason == nullptr ? "accepted" : *reason;
}

}  // namespace

TEST_CASE("faults are asked for by query") {
  const wish none = wished("");
  CHECK(none.framing->name == "length");
  CHECK(none.stall == stall::never);
  CHECK_FALSE(none.cut);
  const wish all = wished(
      "seed=18446744073709551615&status=503&content_type=image/jpeg&etag=%22a%22&gzip=1&headers=5&"
      "interim=2&framing=chunked&chunk=7&close=1&no_close_notify=1&latency_ms=10&jitter_ms=3&"
      "body_latency_ms=4&trickle=100&cut=0&cache_control=max-age%3D1");
  CHECK(all.seed == UINT64_MAX);
  CHECK(all.status == 503);
  CHECK(all.content_type == "image/jpeg");
  CHECK(all.etag == "\"a\"");
  CHECK(all.cache_control == "max-age=1");
  CHECK((all.gzip && all.close && all.no_close_notify));
  CHECK((all.headers == 5 && all.interim == 2));
  CHECK((all.framing->chunked && all.chunk_bytes == 7));
  CHECK((all.latency_ms == 10U && all.jitter_ms == 3 && all.body_latency_ms == 4));
  CHECK(all.trickle_bytes_per_s == 100);
  CHECK(all.cut == 0U);
  CHECK(wished("reset=9").reset == 9U);
  CHECK(wished("stall=mid_head").stall == stall::mid_head);
  CHECK_FALSE(wished("framing=obs_fold").framing->valid);
  CHECK(wished("framing=close&endless=1").endless);
}

TEST_CASE("what is misspelt, out of range, doubled or contradictory is no wish") {
  const struct {
    const char* query;
    const char* named;
  } rows[] = {{"latency=5", "latency"},
              {"cut", "name=value"},
              {"cut=", "cut"},
              {"cut=-1", "cut"},
              {"cut=1k", "cut"},
              {"cut=1&cut=2", "twice"},
              {"cut=1&reset=2", "exclude"},
              {"cut=1&stall=head", "exclude"},
              {"stall=accept", "mid_head"},
              {"framing=lenght", "framing"},
              {"status=99", "200 to 599"},
              {"status=600", "200 to 599"},
              {"latency_ms=3600001", "an hour"},
              {"seed=18446744073709551616", "seed"},
              {"gzip=yes", "0 or 1"},
              {"headers=0", "headers"},
              {"etag=a%0d%0ab", "control"},
              {"etag=%zz", "etag"},
              {"etag=%4", "etag"},
              {"endless=1", "framing=chunked"},
              {"endless=1&framing=obs_fold", "wrong framing"},
              {"endless=1&gzip=1&framing=close", "gzip"}};
  for (const auto& r : rows) {
    INFO(r.query);
    CHECK(refusal_of(r.query).find(r.named) != std::string::npos);
  }
}

TEST_CASE("the help names every parameter, and every framing once") {
  const std::string help = wish_help();
  for (const char* name : {"seed=", "stall=", "no_close_notify=", " length ", " trailer_flood "})
    CHECK(help.find(name) != std::string::npos);
  for (const auto& f : framings()) {
    INFO(f.name);
    CHECK(find_framing(f.name) == &f);
    CHECK(fields_of(f, 5).find('{') == std::string::npos);
  }
  CHECK(find_framing("") == nullptr);
  CHECK(fields_of(*find_framing("length_differs"), 5) ==
        "Content-Length: 5\r\nContent-Length: 6\r\n");
}

TEST_CASE("text survives being escaped") {
  const std::string odd = "http://h/a b?c=d&e=%\xff+";
  CHECK(percent_decoded(percent_encoded(odd)) == odd);
  CHECK(percent_encoded("a/b") == "a%2Fb");
}

TEST_CASE("of a request only what the origin needs is looked at") {
  const auto r = parse_request(
      "GET /a%20b?c=%20 HTTP/1.1\r\nHost: h\r\nconnection: CLOSE\r\nIf-None-Match:  \"x\" "
      "\r\n\r\n");
  REQUIRE(r);
  CHECK(r->method == "GET");
  CHECK(r->path == "/a b");
  CHECK(r->query == "c=%20");
  CHECK(r->if_none_match == "\"x\"");
  CHECK_FALSE(r->keep_alive);
  CHECK(parse_request("GET / HTTP/1.1\r\n\r\n")->keep_alive);
  CHECK_FALSE(parse_request("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  CHECK(parse_request("GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"));
  for (const char* none :
       {"GET / HTTP/2\r\n\r\n", "GET http://h/ HTTP/1.1\r\n\r\n", "\r\n\r\n",
        "GET /%zz HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    INFO(none);
    CHECK_FALSE(parse_request(none));
  }
}

TEST_CASE("a request is judged once it is whole, or once it cannot be one") {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (std::size_t n = 0; n < head.size(); ++n) CHECK_FALSE(head_size(head.substr(0, n)));
  CHECK(head_size(head) == head.size());
  CHECK(head_size(head + "GET") == head.size());
  CHECK(head_size("\x16\x03\x01") == 3U);  // TLS, where none is spoken
  CHECK(head_size(std::string(65535, 'A')) == std::nullopt);
  CHECK(head_size(std::string(65536, 'A')) == 65536U);
}

TEST_CASE("gzip reads what the origin compresses") {
  for (const std::size_t size : {1, 65535, 65536, 200'000}) {
    const std::string bytes(size, 'a');
    const auto plain = tailrace::test::run_command({"gzip", "-dc"}, gzipped(bytes));
    CHECK(plain.status == 0);
    CHECK(plain.output == bytes);
  }
}
