// An answer that is cut anywhere is never taken for a whole one, whatever its framing, plain or
// under TLS: 10 000 cuts, each at another place of an answer or in another way.
#include "loadtest/origin/answer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>

#include "tests/support/ask_all.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;
namespace faulty = load::faulty;

namespace {

#ifdef TAILRACE_SANITIZED
constexpr std::size_t share = 4;  // one of so many cuts is tried
#else
constexpr std::size_t share = 1;
#endif
constexpr std::size_t images_each = 38;  // cuts in each way

// Ways in which an answer may end early and be told from a whole one. A body that only the end of
// the connection ends is cut by a reset or, under TLS, without close_notify: an orderly end is
// nothing but its end.
struct way {
  const char* framing;
  const char* cut;  // "cut" or "reset"
  const char* more = "";
  bool tls = false;
};

constexpr const char* rude = "&no_close_notify=1";
constexpr way ways[] = {
    {"length", "cut"},
    {"length", "reset"},
    {"chunked&chunk=100", "cut"},
    {"chunked&chunk=100", "reset"},
    {"close", "reset"},
    {"length", "cut", "", true},
    {"length", "cut", rude, true},
    {"length", "reset", "", true},
    {"chunked&chunk=100", "cut", "", true},
    {"chunked&chunk=100", "cut", rude, true},
    {"chunked&chunk=100", "reset", "", true},
    {"close", "cut", rude, true},
    {"close", "reset", "", true},
};

std::string query_of(const way& w) {
  return std::string("framing=") + w.framing + w.more;
}

// How many bytes the origin sends for it when nothing cuts it.
std::size_t wire_size(const std::string& path, const std::string& query,
                      const faulty::files& site = {}) {
  faulty::request r;
  r.method = "GET";
  r.path = path;
  r.query = query;
  faulty::answer a = faulty::answer_to(r, site, {}, 0);
  REQUIRE_FALSE(a.refused);
  std::vector<char> room(65536);
  std::size_t size = 0;
  for (;;) {
    const faulty::step s = a.reply.next(room);
    if (s.what != faulty::action::send) return size;
    size += s.bytes.size();
  }
}

// Each is the origin's fault, and holds nothing of what was asked for.
void check_all_failed(const std::vector<test::asked>& all) {
  std::size_t shown = 0;
  for (const auto& a : all) {
    if (a.answer.starts_with("HTTP/1.1 502 ") && a.answer.find("digest") == std::string::npos)
      continue;
    UNSCOPED_INFO(a.target << "\n" << a.answer.substr(0, 600));
    CHECK(++shown == 0);
    if (shown == 5) return;
  }
}

std::string sha256_of(const std::string& bytes) {
  return test::run_command({"sha256sum"}, bytes).output.substr(0, 64);
}

// The origins, plain and under TLS, and a service that asks them once for a request: what was tried
// again would be counted twice.
class rig {
 public:
  std::string target(const way& w, const std::string& endpoint, const std::string& path) const {
    return endpoint + (w.tls ? secure_ : plain_).escaped_url(path);
  }
  const test::service& service() const noexcept { return service_; }
  std::uint64_t counter(const char* name) const {
    return plain_.counter(name) + secure_.counter(name);
  }

 private:
  static std::vector<std::string> flags() {
    return {"--root=" + std::string(TAILRACE_SOURCE_DIR) + "/config/samples"};
  }

  test::authority ca_;
  test::identity who_ = ca_.issue("IP:127.0.0.1");
  test::temporary_folder folder_;
  test::fault_origin plain_{flags()};
  test::fault_origin secure_{flags(), &who_};
  test::service service_{{"--origin-ca-file=" + folder_.write("ca", ca_.certificate()),
                          "--origin-breaker-failures=0", "--origin-retry-ratio-max=0"}};
};

void check_cuts(const rig& r, const std::vector<std::string>& targets, std::size_t least) {
  std::printf("%zu cuts\n", targets.size());
  CHECK(targets.size() >= least / share);
  const auto asked_before = r.counter("requests");
  check_all_failed(test::ask_all(r.service(), targets));
  // Each has reached the origin and was understood there.
  CHECK(r.counter("requests") - asked_before == targets.size());
  CHECK(r.counter("refused") == 0);
}

std::string cut_path(const std::string& path, const way& w, std::size_t at) {
  std::string cut = path;
  return cut.append("?")
      .append(query_of(w))
      .append("&")
      .append(w.cut)
      .append("=")
      .append(std::to_string(at));
}

// Of every position one in `share`, beginning at a random one.
void add_every_cut(std::vector<std::string>& targets, const rig& r, const way& w,
                   std::mt19937& random) {
  const std::string path = "/bytes/660";
  const std::size_t size = wire_size(path, query_of(w));
  for (std::size_t at = random() % share; at < size; at += share)
    targets.push_back(r.target(w, "/v1/hash?url=", cut_path(path, w, at)));
}

// Each has a seed of its own, as requests for the same URL may share one to the origin.
void add_random_cuts(std::vector<std::string>& targets, const rig& r, const way& w,
                     const std::string& endpoint, const std::string& path, std::size_t size,
                     std::size_t count, std::mt19937& random) {
  for (std::size_t i = 0; i < count; ++i)
    targets.push_back(
        r.target(w, endpoint,
                 cut_path(path, w, random() % size).append("&seed=").append(std::to_string(i))));
}

}  // namespace

TEST_CASE("an answer cut at any of 10 000 places is never digested") {
  const auto seed = std::random_device{}();
  std::printf("seed %u, ", seed);
  std::mt19937 random(seed);
  const rig r;
  std::vector<std::string> targets;
  for (const way& w : ways) {
    add_every_cut(targets, r, w, random);
    const std::string large = "/bytes/300000";
    add_random_cuts(targets, r, w, "/v1/hash?url=", large, wire_size(large, query_of(w)),
                    26 / share + 1, random);
  }
  check_cuts(r, targets, 10'000);
}

TEST_CASE("an image cut anywhere is never resized") {
  const auto seed = std::random_device{}();
  std::printf("seed %u, ", seed);
  std::mt19937 random(seed);
  const rig r;
  const auto image = std::make_shared<const std::string>(
      test::read_text(std::string(TAILRACE_SOURCE_DIR) + "/config/samples/river.jpg"));
  std::vector<std::string> targets;
  for (const way& w : ways)
    add_random_cuts(targets, r, w, "/v1/resize?width=50&digest=sha256&url=", "/file/river.jpg",
                    wire_size("/file/river.jpg", query_of(w), {{"river.jpg", image}}),
                    images_each / share + 1, random);
  check_cuts(r, targets, std::size(ways) * images_each);
}

TEST_CASE("what is not cut is digested and resized, whatever its framing") {
  const rig r;
  for (const way& w : ways) {
    INFO(w.framing << (w.tls ? ", TLS" : ""));
    for (const std::string size : {"660", "300000"}) {
      const std::string path = "/bytes/" + size + "?framing=" + w.framing;
      const auto a = r.service().get(r.target(w, "/v1/hash?url=", path));
      CHECK(a.status == 200);
      const std::string bytes = faulty::content::generated(0, std::stoul(size)).text();
      CHECK(a.body.find("\"sha256\":\"" + sha256_of(bytes) + "\"") != std::string::npos);
    }
    const auto image =
        r.service().get(r.target(w, "/v1/resize?width=50&digest=sha256&url=",
                                 std::string("/file/river.jpg?framing=") + w.framing));
    CHECK(image.status == 200);
    CHECK(image.field("X-Source-Digest").starts_with("sha256="));
  }
}

TEST_CASE("a body that only the connection's end ends needs an orderly one") {
  const rig r;
  const std::string path = "/bytes/660?framing=close";
  const std::string size = std::to_string(wire_size("/bytes/660", "framing=close"));
  // All bytes have come, and still nobody said that there are no more.
  for (const bool tls : {false, true}) {
    const way w{"close", "reset", "", tls};
    auto reset_path = path + "&reset=";
    const auto reset = r.service().get(r.target(w, "/v1/hash?url=", reset_path.append(size)));
    CHECK(reset.status == 502);
  }
  const way w{"close", "cut", rude, true};
  CHECK(r.service().get(r.target(w, "/v1/hash?url=", path + rude)).status == 502);
  CHECK(r.counter("refused") == 0);
}
