#include "core/body.hpp"
#include "http/chunk_decoder.hpp"

#include <optional>
#include <string>

#include "tests/support/catch.hpp"

using namespace tailrace;

namespace {

struct outcome {
  bool failed = false;
  bool done = false;
  std::string data;
  std::string rest;
};

// Decodes `bytes` given in two pieces.
outcome decode(const std::string& bytes, std::size_t split) {
  http::chunk_decoder decoder(errc::bad_request);
  outcome o;
  std::size_t at = 0;
  for (const auto end : {split, bytes.size()}) {
    while (at < end && !decoder.done()) {
      const auto step = decoder.next(as_bytes(std::string_view(bytes).substr(at, end - at)));
      if (step.has_error()) {
        CHECK(step.error().code == errc::bad_request);
        o.failed = true;
        return o;
      }
      o.data += as_text(step->data);
      at += step->consumed;
    }
  }
  o.done = decoder.done();
  o.rest = bytes.substr(at);
  return o;
}

}  // namespace

TEST_CASE("chunks, extensions and trailers are decoded, however they are split") {
  const std::string bytes =
      "5\r\nhello\r\n1;name=value\r\n \r\nA;q=\"x\"\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\nGET /";
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    CAPTURE(split);
    const auto o = decode(bytes, split);
    CHECK_FALSE(o.failed);
    CHECK(o.done);
    CHECK(o.data == "hello 0123456789");
    CHECK(o.rest == "GET /");
  }
}

TEST_CASE("malformed chunking is refused, however it is split") {
  const std::string rows[] = {
      "0x5\r\nhello\r\n0\r\n\r\n",
      "+5\r\nhello\r\n0\r\n\r\n",
      "-5\r\nhello\r\n0\r\n\r\n",
      "5_0\r\nhello\r\n0\r\n\r\n",
      " 5\r\nhello\r\n0\r\n\r\n",
      "5 \r\nhello\r\n0\r\n\r\n",
      "\r\nhello\r\n0\r\n\r\n",
      ";a=b\r\nhello\r\n0\r\n\r\n",
      "5\nhello\r\n0\r\n\r\n",
      "5\rhello\r\n0\r\n\r\n",
      "5\r\nhelloX\r\n0\r\n\r\n",
      "5\r\nhello\n0\r\n\r\n",
      "5\r\nhello0\r\n\r\n",
      "10000000000000000\r\n",
      "ffffffffffffffff\r\n",
      "5;a=\x01\r\nhello\r\n0\r\n\r\n",
      "5;" + std::string(5000, 'a') + "\r\nhello\r\n0\r\n\r\n",
      "0\r\nContent-Length: 5\r\n\r\n",
      "0\r\nTransfer-Encoding: chunked\r\n\r\n",
      "0\r\nHost: a\r\n\r\n",
      "0\r\nAuthorization: a\r\n\r\n",
      "0\r\nno colon\r\n\r\n",
      "0\r\nbad name: x\r\n\r\n",
      "0\r\n folded: x\r\n\r\n",
      "0\r\n" + std::string(5000, 'a') + ": x\r\n\r\n",
      "0\r\nA: b\nC: d\r\n\r\n",
  };
  for (const std::string& bytes : rows)
    for (std::size_t split = 0; split <= std::min<std::size_t>(bytes.size(), 40); ++split) {
      CAPTURE(bytes.substr(0, 60), split);
      CHECK(decode(bytes, split).failed);
    }
}

TEST_CASE("a body that stops early is not done") {
  const std::string bytes = "5\r\nhello\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto o = decode(bytes.substr(0, size), size / 2);
    CHECK_FALSE(o.failed);
    CHECK_FALSE(o.done);
  }
}

TEST_CASE("body bytes may bypass the decoder") {
  http::chunk_decoder decoder(errc::bad_request);
  REQUIRE(decoder.next(as_bytes("5\r\n")).has_value());
  CHECK(decoder.data_left() == 5);
  decoder.take(5);
  CHECK(decoder.data_left() == 0);
  const auto end = decoder.next(as_bytes("\r\n0\r\n\r\n"));
  REQUIRE(end.has_value());
  CHECK(decoder.done());
}

TEST_CASE("a flood of tiny chunks with extensions ends at the extension limit") {
  http::chunk_decoder decoder(errc::bad_request);
  bool failed = false;
  for (int i = 0; i < 1000 && !failed; ++i) {
    const std::string chunk = "1;aaaaaaaaaaaaaaaa\r\nx\r\n";
    std::string_view left(chunk);
    while (!left.empty() && !failed) {
      const auto step = decoder.next(as_bytes(left));
      failed = step.has_error();
      if (!failed) left.remove_prefix(step->consumed);
    }
  }
  CHECK(failed);
}
