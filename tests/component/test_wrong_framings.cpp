// Origins that frame their answers in ways that two readers could read differently are refused, and
// what one of them sent is never taken for the next answer.
#include "loadtest/origin/content.hpp"
#include "loadtest/origin/framings.hpp"

#include <optional>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;
namespace faulty = load::faulty;

namespace {

std::string digest_of(const std::string& bytes) {
  return "\"sha256\":\"" + test::run_command({"sha256sum"}, bytes).output.substr(0, 64) + "\"";
}

// The body of an answer that is whole, even if something follows that is nobody's.
std::optional<std::string> whole_answer(const faulty::framing& f, std::size_t size) {
  std::string bytes = faulty::content::generated(0, size).text();
  if (f.valid || f.name == "answer_behind") return bytes;
  if (f.name == "length_under") return bytes.substr(0, size - 1);
  return std::nullopt;
}

}  // namespace

TEST_CASE("no wrong framing is digested, and none spoils the answer behind it") {
  const test::fault_origin origin;
  // One thread, so that all requests share one pool of connections.
  const test::service s({"--io-threads=1", "--origin-breaker-failures=0",
                         "--origin-retry-ratio-max=0", "--origin-wait-timeout-ms=2000",
                         "--body-rate-grace-ms=2000"});
  const auto hash = [&](const std::string& path) {
    return s.get("/v1/hash?url=" + origin.escaped_url(path));
  };
  const std::string next = digest_of(faulty::content::generated(1, 100).text());
  // Small ones come with their head, of large ones something is left in the socket.
  for (const std::size_t size : {100, 100'000}) {
    for (const auto& f : faulty::framings()) {
      INFO(f.name << ", " << size << " bytes");
      const auto a = hash("/bytes/" + std::to_string(size) + "?framing=" + std::string(f.name));
      CAPTURE(a.body);
      if (const auto whole = whole_answer(f, size)) {
        CHECK(a.body.find(digest_of(*whole)) != std::string::npos);
      } else {
        CHECK(a.status == 502);
        CHECK(a.body.find("digest") == std::string::npos);
      }
      CHECK(hash("/bytes/100?seed=1").body.find(next) != std::string::npos);
    }
  }
  CHECK(origin.counter("refused") == 0);
}

TEST_CASE("floods before the body are refused") {
  const test::fault_origin origin;
  const test::service s({"--origin-breaker-failures=0", "--origin-retry-ratio-max=0"});
  for (const char* flood : {"headers=200", "headers=100000", "interim=1000", "gzip=1"}) {
    INFO(flood);
    const auto a = s.get("/v1/hash?url=" + origin.escaped_url("/bytes/100?" + std::string(flood)));
    CHECK(a.status == 502);
    CHECK(a.body.find("origin_bad_response") != std::string::npos);
  }
  for (const char* fine : {"headers=20", "interim=3"}) {
    INFO(fine);
    CHECK(s.get("/v1/hash?url=" + origin.escaped_url("/bytes/100?" + std::string(fine))).status ==
          200);
  }
  CHECK(origin.counter("refused") == 0);
}
