#include "fetch/response_body.hpp"

#include <optional>
#include <span>
#include <string>

#include "tests/support/catch.hpp"

using namespace tailrace;
using fetch::response_body;

namespace {

http::framing framed(http::body_kind kind, std::uint64_t length = 0) {
  http::framing f;
  f.kind = kind;
  f.length = length;
  return f;
}

struct outcome {
  std::string body;
  std::optional<errc> failed;
  std::size_t used = 0;
};

// Feeds `raw` in pieces of `piece`, then the origin's close.
outcome feed(response_body body, std::string raw, std::size_t piece) {
  outcome out;
  while (!body.done() && out.used < raw.size()) {
    const std::size_t n = body.wanted(std::min(piece, raw.size() - out.used));
    const auto span = std::as_writable_bytes(std::span(raw).subspan(out.used, n));
    const auto taken = body.take(span);
    if (taken.has_error()) {
      out.failed = taken.error().code;
      return out;
    }
    out.body.append(raw, out.used, *taken);
    out.used += n;
  }
  if (!body.done()) {
    if (const auto closed = body.close(); closed.has_error()) out.failed = closed.error().code;
  }
  return out;
}

const std::string chunks = "5\r\nhello\r\n1;x=y\r\n,\r\n06\r\n world\r\n0\r\nA: b\r\n\r\n";

}  // namespace

TEST_CASE("bodies come out whole however they were split") {
  for (std::size_t piece = 1; piece <= chunks.size(); ++piece) {
    const auto chunked = feed(response_body(framed(http::body_kind::chunked), 0), chunks, piece);
    CHECK(!chunked.failed);
    CHECK(chunked.body == "hello, world");
    const auto length =
        feed(response_body(framed(http::body_kind::length, 12), 12), "hello, world", piece);
    CHECK(!length.failed);
    CHECK(length.body == "hello, world");
    const auto close =
        feed(response_body(framed(http::body_kind::until_close), 12), "hello, world", piece);
    CHECK(!close.failed);
    CHECK(close.body == "hello, world");
  }
}

TEST_CASE("cut anywhere, a framed body is incomplete") {
  for (std::size_t cut = 0; cut < chunks.size(); ++cut)
    CHECK(
        feed(response_body(framed(http::body_kind::chunked), 0), chunks.substr(0, cut), 3).failed ==
        errc::origin_incomplete);
  for (std::size_t cut = 0; cut < 12; ++cut)
    CHECK(feed(response_body(framed(http::body_kind::length, 12), 0), std::string(cut, 'x'), 3)
              .failed == errc::origin_incomplete);
}

TEST_CASE("a length takes no byte behind the body, chunks say that there were some") {
  const auto length = feed(response_body(framed(http::body_kind::length, 3), 0), "abcdef", 6);
  CHECK(length.body == "abc");
  CHECK(length.used == 3);
  response_body body(framed(http::body_kind::chunked), 0);
  std::string raw = chunks + "x";
  CHECK(body.take(std::as_writable_bytes(std::span(raw))).value() == 12);
  CHECK(body.done());
  CHECK(body.overrun());
}

TEST_CASE("the limit holds for bodies that do not announce their size") {
  CHECK(feed(response_body(framed(http::body_kind::chunked), 12), chunks, 7).body ==
        "hello, world");
  CHECK(feed(response_body(framed(http::body_kind::chunked), 11), chunks, 7).failed ==
        errc::body_too_large);
  CHECK(feed(response_body(framed(http::body_kind::until_close), 11), "hello, world", 7).failed ==
        errc::body_too_large);
}

TEST_CASE("of the limit and a broken chunk the one that comes first counts, however it is split") {
  const std::string broken = "5\r\nhello\r\n5\r\nworldX";
  for (std::size_t piece = 1; piece <= broken.size(); ++piece) {
    CAPTURE(piece);
    CHECK(feed(response_body(framed(http::body_kind::chunked), 9), broken, piece).failed ==
          errc::body_too_large);
    CHECK(feed(response_body(framed(http::body_kind::chunked), 10), broken, piece).failed ==
          errc::origin_bad_response);
  }
}

TEST_CASE("no body is done at once") {
  const response_body body(framed(http::body_kind::none), 0);
  CHECK(body.done());
  CHECK(body.wanted(100) == 0);
}
