#include "loadtest/generator/response_reader.hpp"

#include <string>
#include <string_view>

#include "tests/support/catch.hpp"

using tailrace::load::capture;
using tailrace::load::response_reader;
using verdict = tailrace::load::response_reader::verdict;
using namespace std::string_literals;

namespace {

const capture nothing;

// Feeds in pieces of `step` bytes until there is a verdict.
verdict feed(response_reader& reader, std::string_view text, std::size_t step) {
  verdict v = verdict::more;
  while (!text.empty() && v == verdict::more) {
    const auto piece = text.substr(0, step);
    v = reader.feed({piece.data(), piece.size()});
    text.remove_prefix(piece.size());
  }
  return text.empty() ? v : verdict::bad;
}

verdict read_whole(std::string_view text, bool head_request = false) {
  response_reader reader;
  reader.begin(head_request, nothing);
  return feed(reader, text, text.size());
}

}  // namespace

TEST_CASE("a response is whole at its last byte, however it is cut") {
  struct {
    std::string text;
    unsigned status;
    std::uint64_t body;
  } const cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, 5},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, 0},
      {"HTTP/1.1 204 No Content\r\n\r\n", 204, 0},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, 0},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
       "5\r\nhello\r\n10;x=y\r\n0123456789abcdef\r\n0\r\nTrailer: z\r\n\r\n",
       200, 21},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"
       "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno",
       503, 2},
  };
  response_reader reader;
  for (const auto& c : cases) {
    for (std::size_t step = 1; step <= c.text.size(); ++step) {
      INFO(c.text << " in pieces of " << step);
      reader.begin(false, nothing);
      REQUIRE(feed(reader, c.text, step) == verdict::whole);
      REQUIRE(reader.kept().status == c.status);
      REQUIRE(reader.kept().body_bytes == c.body);
      REQUIRE(reader.keeps_alive());
    }
    // One byte less is not whole, and an end there is a truncation.
    reader.begin(false, nothing);
    REQUIRE(feed(reader, std::string_view(c.text).substr(0, c.text.size() - 1), 7) ==
            verdict::more);
    REQUIRE(reader.end_of_stream() == verdict::truncated);
  }
}

TEST_CASE("the answer to HEAD has no body") {
  CHECK(read_whole("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true) == verdict::whole);
}

TEST_CASE("a byte after the end, or framing that can be read in two ways, is bad") {
  CHECK(read_whole("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello!") == verdict::bad);
  CHECK(read_whole("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello") ==
        verdict::bad);
  CHECK(read_whole("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "0\r\n\r\n") == verdict::bad);
  CHECK(read_whole("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n") == verdict::bad);
  CHECK(read_whole("HTTP/1.1 101 Switching Protocols\r\n\r\n") == verdict::bad);
  CHECK(read_whole("SSH-2.0-OpenSSH\r\n\r\n") == verdict::bad);
}

TEST_CASE("without a length the body ends with the connection, which then cannot go on") {
  response_reader reader;
  reader.begin(false, nothing);
  CHECK(feed(reader, "HTTP/1.1 200 OK\r\n\r\nhello", 100) == verdict::more);
  CHECK(reader.end_of_stream() == verdict::whole);
  CHECK(reader.kept().body_bytes == 5);
  CHECK_FALSE(reader.keeps_alive());
}

TEST_CASE("an end before the first byte is told apart from one after it") {
  response_reader reader;
  reader.begin(false, nothing);
  CHECK(reader.end_of_stream() == verdict::truncated);
  CHECK_FALSE(reader.started());
  reader.begin(false, nothing);
  CHECK(feed(reader, "HTTP/1.1 2", 100) == verdict::more);
  CHECK(reader.end_of_stream() == verdict::truncated);
  CHECK(reader.started());
}

TEST_CASE("Connection: close is obeyed") {
  response_reader reader;
  reader.begin(false, nothing);
  const auto text = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"s;
  CHECK(feed(reader, text, text.size()) == verdict::whole);
  CHECK_FALSE(reader.keeps_alive());
}

TEST_CASE("what is asked for is kept, however the response is cut, and nothing else") {
  const capture keep{{"X-Source-Digest", "Absent", "Twice"}, 8};
  const auto text =
      "HTTP/1.1 103 Early Hints\r\nx-source-digest: early\r\n\r\n"
      "HTTP/1.1 200 OK\r\nx-source-digest:  sha256=ab \r\nTwice: a\r\nOther: o\r\nTwice: b\r\n"
      "Transfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Source-Digest: late\r\nAbsent: late\r\n\r\n"s;
  response_reader reader;
  for (std::size_t step = 1; step <= text.size(); ++step) {
    INFO("in pieces of " << step);
    reader.begin(false, keep);
    REQUIRE(feed(reader, text, step) == verdict::whole);
    const auto kept = reader.kept();
    CHECK(kept.status == 200);
    CHECK(kept.headers[0] == "sha256=ab");
    CHECK_FALSE(kept.headers[1]);
    CHECK(kept.headers[2] == "a, b");
    CHECK(kept.body == "hello wo");
    CHECK(kept.body_bytes == 11);
  }
  // The next response begins with nothing of this one.
  reader.begin(false, nothing);
  REQUIRE(feed(reader, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 100) == verdict::whole);
  CHECK(reader.kept().headers.empty());
  CHECK(reader.kept().body.empty());
}
