// Sessions on virtual time: what a client may take its time for, and what not. Limits are those of
// tests/fuzz/session_rig.cpp: 2 s for a head, 5 s of idleness, 1 s of grace for a body.
#include <string>

#include "tests/fuzz/session_rig.hpp"
#include "tests/support/catch.hpp"

using namespace tailrace;
using namespace std::chrono_literals;

namespace {

const std::string livez = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

// In pieces of so many bytes with a pause behind each; the client then waits for the server.
std::string converse(const std::string& bytes, std::size_t piece, duration pause) {
  static fuzz::session_rig rig;
  fuzz::session_rig::manner how;
  how.piece_bytes = piece;
  how.pause = pause;
  how.stays = true;
  return rig.converse(bytes, how);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("a connection that rests between its requests goes on as if it had not") {
  // Longer than its buffer is held, shorter than it may be idle.
  const std::string out = converse(livez + livez + livez, livez.size(), 3s);
  CHECK(count(out, "HTTP/1.1 200 OK\r\n") == 3);
  CHECK(count(out, "HTTP/1.1 ") == 3);
}

TEST_CASE("who is idle too long is closed without a word") {
  CHECK(converse("", 1, 0s).empty());
  CHECK(count(converse(livez, livez.size(), 0s), "HTTP/1.1 ") == 1);
}

TEST_CASE("a head may pause for longer than a buffer is held, but not for ever") {
  CHECK(converse(livez, 20, 700ms).starts_with("HTTP/1.1 200 OK\r\n"));
  const std::string late = converse(livez, 8, 700ms);
  CHECK(late.starts_with("HTTP/1.1 408 "));
  CHECK(late.find("Connection: close\r\n") != late.npos);
  CHECK(count(late, "HTTP/1.1 ") == 1);
}

TEST_CASE("a body may pause likewise, between its chunks and within them") {
  const std::string head = "POST /v1/hash HTTP/1.1\r\nHost: a\r\n";
  const std::string length = head + "Content-Length: 5\r\n\r\nhello";
  const std::string chunked =
      head + "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
  for (const std::string& request : {length, chunked}) {
    CAPTURE(request);
    const auto body = request.find("\r\n\r\n") + 4;
    for (std::size_t split = body - 10; split < request.size(); ++split) {
      CAPTURE(split);
      CHECK(converse(request, split, 800ms).find(digest) != std::string::npos);
    }
    CHECK(converse(request, body + 1, 3s).starts_with("HTTP/1.1 408 "));
  }
}

TEST_CASE("lines of a batch may pause likewise, and are answered meanwhile") {
  const std::string head =
      "POST /v1/batch HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n";
  const std::string line = "{\"data\":\"aGVsbG8=\"}\n";
  const std::string whole = head + "Content-Length: 40\r\n\r\n" + line + line;
  const auto body = whole.find("\r\n\r\n") + 4;
  const std::string summary = "{\"summary\":{\"total\":2,\"ok\":2,\"failed\":0,\"cancelled\":0}}\n";
  for (std::size_t split = body + 1; split < whole.size(); ++split) {
    CAPTURE(split);
    const std::string out = converse(whole, split, 800ms);
    CHECK(count(out, digest) == 2);
    CHECK(out.ends_with(summary + "\r\n0\r\n\r\n"));
  }
  // The first line is answered; the second one never comes whole.
  const std::string broken = converse(whole.substr(0, whole.size() - 3), whole.size() - 10, 3s);
  CHECK(count(broken, digest) == 1);
  CHECK(count(broken, "{\"error\":{") == 1);
  CHECK(count(broken, "\"code\":\"request_timeout\"") == 1);
  CHECK(count(broken, "summary") == 0);
  CHECK_FALSE(broken.ends_with("0\r\n\r\n"));
  // Nothing was answered when it stalled: a refusal like any other.
  CHECK(converse(whole.substr(0, body + 5), body + 5, 3s).starts_with("HTTP/1.1 408 "));
}

TEST_CASE("an upload that is over within a second has no progress to tell") {
  const std::string request =
      "POST /v1/hash?progress=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
  const auto body = request.find("\r\n\r\n") + 4;
  const std::string out = converse(request, body + 2, 800ms);
  CHECK(out.find("\"progress\"") == out.npos);
  CHECK(out.find("Content-Length: ") != out.npos);
  CHECK(count(out, digest) == 1);
  CHECK(converse(request, body + 1, 3s).starts_with("HTTP/1.1 408 "));
}
