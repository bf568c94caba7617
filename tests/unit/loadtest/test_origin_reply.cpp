#include "loadtest/origin/answer.hpp"
#include "loadtest/origin/counters.hpp"

#include <array>
#include <set>

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using namespace tailrace::load::faulty;

namespace {

// What became of one answer, performed without a socket.
struct performed {
  std::string bytes;
  std::vector<std::pair<std::size_t, std::chrono::nanoseconds>> waits;  // after so many bytes
  action end = action::keep;
  bool refused = false;
};

performed perform(reply r, std::size_t bytes_max = SIZE_MAX) {
  performed p;
  std::array<char, 1000> room;
  while (p.bytes.size() < bytes_max) {
    const step s = r.next(room);
    if (s.what == action::send) {
      REQUIRE(!s.bytes.empty());
      p.bytes += s.bytes;
    } else if (s.what == action::wait) {
      p.waits.emplace_back(p.bytes.size(), s.pause);
    } else {
      p.end = s.what;
      return p;
    }
  }
  return p;
}

const files site{{"a/b.txt", std::make_shared<const std::string>("hello")}};

performed get(const std::string& path, const std::string& query = {}, request r = {},
              const habits& usual = {}) {
  if (r.method.empty()) r.method = "GET";
  r.path = path;
  r.query = query;
  answer a = answer_to(r, site, usual, 0.5);
  performed p = perform(std::move(a.reply));
  p.refused = a.refused;
  return p;
}

std::string body_of(const std::string& bytes) {
  return bytes.substr(bytes.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("bytes are the same for a seed, and others for another") {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 1000; ++seed)
    seen.insert(content::generated(seed, 16).text());
  CHECK(seen.size() == 1000);
  const auto large = content::generated(7, 3'000'000);
  CHECK(large.text() == content::generated(7, 3'000'000).text());
  // Read in pieces they are the same, also where the block begins again.
  std::string pieces(3'000'000, '\0');
  for (std::size_t at = 0; at < pieces.size();) {
    const std::size_t n = std::min<std::size_t>(77'777, pieces.size() - at);
    large.copy(at, std::span(pieces).subspan(at, n));
    at += n;
  }
  CHECK(pieces == large.text());
  CHECK(content::generated(7, 5).text() == large.text().substr(0, 5));
}

TEST_CASE("the three framings carry the same bytes") {
  const std::string bytes = content::generated(3, 2500).text();
  const auto plain = get("/bytes/2500", "seed=3");
  CHECK(plain.bytes.find("\r\nContent-Length: 2500\r\n") != std::string::npos);
  CHECK(body_of(plain.bytes) == bytes);
  CHECK(plain.end == action::keep);

  const auto closed = get("/bytes/2500", "seed=3&framing=close");
  CHECK(closed.bytes.find("Content-Length") == std::string::npos);
  CHECK(closed.bytes.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(body_of(closed.bytes) == bytes);
  CHECK(closed.end == action::close);

  const auto chunked = get("/bytes/2500", "seed=3&framing=chunked&chunk=1000");
  CHECK(body_of(chunked.bytes) == "3e8\r\n" + bytes.substr(0, 1000) + "\r\n3e8\r\n" +
                                      bytes.substr(1000, 1000) + "\r\n1f4\r\n" +
                                      bytes.substr(2000) + "\r\n0\r\n\r\n");
  CHECK(body_of(get("/bytes/0", "framing=chunked").bytes) == "0\r\n\r\n");
}

TEST_CASE("a message knows its size beforehand, whatever the chunks") {
  for (const std::uint64_t chunk : {0, 1, 7, 10, 100, 101})
    for (const std::uint64_t size : {0, 1, 10, 100, 101}) {
      message m("head", content::generated(1, size), chunk);
      const std::uint64_t expected = m.size();
      std::array<char, 3000> room;
      CHECK(m.read(room) == expected);
      CHECK(m.read(room) == 0);
    }
}

TEST_CASE("a cut or a reset comes after just so many bytes, anywhere in the answer") {
  const std::string query = "framing=chunked&chunk=7";
  const std::string whole = get("/bytes/50", query).bytes;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    const auto cut = get("/bytes/50", query + "&cut=" + std::to_string(at));
    CHECK(cut.bytes == whole.substr(0, at));
    CHECK(cut.end == action::close);
    const auto reset = get("/bytes/50", query + "&reset=" + std::to_string(at));
    CHECK(reset.bytes == whole.substr(0, at));
    CHECK(reset.end == action::reset);
  }
  CHECK(get("/bytes/50", "cut=100&no_close_notify=1").end == action::close_rudely);
  CHECK(get("/bytes/50", "cut=100", {}, {0, false}).end == action::close_rudely);
  // Behind the end nothing could be cut, and the fault would never have happened.
  CHECK(get("/bytes/50", query + "&cut=" + std::to_string(whole.size())).refused);
  CHECK(get("/bytes/50", query + "&reset=" + std::to_string(whole.size())).end == action::reset);
  CHECK(get("/bytes/50", query + "&reset=" + std::to_string(whole.size() + 1)).refused);
}

TEST_CASE("an answer stalls where it is told to") {
  const std::string whole = get("/bytes/500").bytes;
  const std::size_t head = whole.find("\r\n\r\n") + 4;
  const auto before = get("/bytes/500", "stall=head");
  CHECK(before.bytes.empty());
  CHECK(before.end == action::stall);
  CHECK(get("/bytes/500", "stall=mid_head").bytes == whole.substr(0, head / 2));
  const auto within = get("/bytes/500", "stall=body");
  CHECK(within.bytes.size() > head);
  CHECK(within.bytes.size() < whole.size());
  CHECK(within.end == action::stall);
}

TEST_CASE("latency comes before the head, before the body, and between pieces") {
  using waits = decltype(performed::waits);
  CHECK(get("/bytes/5").waits.empty());
  CHECK(get("/bytes/5", "latency_ms=60").waits == waits{{0, 60ms}});
  CHECK(get("/bytes/5", "latency_ms=60&jitter_ms=10").waits == waits{{0, 65ms}});
  CHECK(get("/bytes/5", "", {}, {30, true}).waits == waits{{0, 30ms}});
  CHECK(get("/bytes/5", "latency_ms=0", {}, {30, true}).waits.empty());
  const auto between = get("/bytes/5", "body_latency_ms=7");
  CHECK(between.waits == waits{{between.bytes.size() - 5, 7ms}});
  CHECK(get("/bytes/5", "body_latency_ms=7&cut=20").waits.empty());
  CHECK(get("/bytes/5", "latency_ms=7&cut=0").waits == waits{{0, 7ms}});
  const std::string at_body = std::to_string(between.bytes.size() - 5);
  CHECK(get("/bytes/5", "body_latency_ms=7&cut=" + at_body).waits == between.waits);
  // 20 pieces a second; the pauses add up to the time of all bytes.
  const auto slow = get("/bytes/5000", "trickle=1000");
  std::chrono::nanoseconds sum{};
  for (const auto& [at, pause] : slow.waits) sum += pause;
  CHECK(slow.waits.front() == std::pair<std::size_t, std::chrono::nanoseconds>{50, 50ms});
  CHECK(sum == slow.bytes.size() * 1ms);
}

TEST_CASE("wrong framings say what they say") {
  const std::string bytes = content::generated(0, 5).text();
  const auto over = get("/bytes/5", "framing=length_over");
  CHECK(over.bytes.find("\r\nContent-Length: 6\r\n") != std::string::npos);
  CHECK(over.end == action::close);
  CHECK(get("/bytes/5", "framing=length_under").bytes.find("Length: 4\r\n") != std::string::npos);
  CHECK(get("/bytes/5", "framing=obs_fold").bytes.find("Length:\r\n 5\r\n") != std::string::npos);
  CHECK(body_of(get("/bytes/5", "framing=chunk_size_prefixed").bytes) ==
        "0x5\r\n" + bytes + "\r\n0\r\n\r\n");
  CHECK(get("/bytes/5", "framing=http_2").bytes.starts_with("HTTP/2 200 OK\r\n"));
  CHECK(get("/bytes/0", "framing=obs_fold").refused);
  CHECK(get("/bytes/2000000", "framing=obs_fold").refused);
}

TEST_CASE("heads hold what was asked for") {
  const auto full =
      get("/bytes/5", "interim=2&headers=3&etag=%22v%22&cache_control=no-store&status=203&close=1");
  CHECK(full.bytes.starts_with("HTTP/1.1 103 Early Hints\r\n"));
  CHECK(full.bytes.find("\r\n\r\nHTTP/1.1 203 ") != std::string::npos);
  CHECK(full.bytes.find("\r\nETag: \"v\"\r\nCache-Control: no-store\r\n") != std::string::npos);
  CHECK(full.bytes.find("\r\nX-Flood-2: ") != std::string::npos);
  CHECK(full.bytes.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(full.end == action::close);

  request conditional;
  conditional.if_none_match = "\"v\"";
  const auto unchanged = get("/bytes/5", "etag=%22v%22", conditional);
  CHECK(unchanged.bytes.starts_with("HTTP/1.1 304 "));
  CHECK(body_of(unchanged.bytes).empty());
  request head;
  head.method = "HEAD";
  const auto without = get("/bytes/5", "", head);
  CHECK(without.bytes.find("Content-Length: 5\r\n") != std::string::npos);
  CHECK(body_of(without.bytes).empty());
}

TEST_CASE("files, redirects, and what there is not") {
  CHECK(body_of(get("/file/a/b.txt").bytes) == "hello");
  CHECK(get("/file/a").bytes.starts_with("HTTP/1.1 404 "));
  CHECK(get("/file/../a/b.txt").bytes.starts_with("HTTP/1.1 404 "));
  const auto far = get("/redirect/3", "to=http%3A%2F%2Fh%2F");
  CHECK(far.bytes.starts_with("HTTP/1.1 302 "));
  CHECK(far.bytes.find("\r\nLocation: /redirect/2?to=http%3A%2F%2Fh%2F\r\n") != std::string::npos);
  CHECK(get("/redirect/1", "to=http%3A%2F%2Fh%2F").bytes.find("\r\nLocation: http://h/\r\n") !=
        std::string::npos);
  for (const auto& [path, query] : {std::pair{"/bytes/many", ""},
                                    {"/bytes", ""},
                                    {"/redirect/x", ""},
                                    {"/nothing", ""},
                                    {"/bytes/5", "to=x"},
                                    {"/file/a/b.txt", "endless=1&framing=close"}}) {
    INFO(path << "?" << query);
    const auto none = get(path, query);
    CHECK(none.refused);
    CHECK(none.bytes.starts_with("HTTP/1.1 400 "));
  }
  request post;
  post.method = "POST";
  CHECK(get("/bytes/5", "", post).refused);
}

TEST_CASE("an endless body does not end") {
  for (const std::string framing : {"close", "chunked"}) {
    request r;
    r.method = "GET";
    r.path = "/bytes/1";
    r.query = "endless=1&framing=" + framing;
    CHECK(perform(answer_to(r, site, {}, 0).reply, 5'000'000).bytes.size() >= 5'000'000);
  }
}

TEST_CASE("counters say what came in") {
  counters c;
  c.opened();
  c.opened();
  c.closed();
  c.opened();
  c.received(10);
  c.asked("/bytes", false);
  c.asked("other", true);
  CHECK(c.json() ==
        "{\"connections_accepted\":3,\"connections_open\":2,\"connections_open_max\":2,"
        "\"handshakes_failed\":0,\"request_bytes\":10,\"requests\":2,\"refused\":1,"
        "\"/bytes\":1,\"/file\":0,\"/redirect\":0,\"other\":1}\n");
}
