// The steady state of a keep-alive connection allocates nothing: counted in the real service, over
// real sockets, by a preloaded library (tests/support/preload).
#ifndef TAILRACE_SANITIZED
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;

namespace {

class counted_service {
 public:
  counted_service() {
    setenv("ALLOCATION_COUNT_FILE", file_.c_str(), 1);
    setenv("LD_PRELOAD", TAILRACE_BINARY_DIR "/libcount_allocations.so", 1);
    service_.emplace();
    unsetenv("LD_PRELOAD");
    unsetenv("ALLOCATION_COUNT_FILE");
  }

  std::uint16_t port() const { return service_->port(); }

  std::uint64_t allocations() const {
    const std::string bytes = test::read_text(file_);
    std::uint64_t n = 0;
    std::memcpy(&n, bytes.data(), sizeof n);
    return n;
  }

 private:
  test::temporary_folder folder_;
  const std::string file_ = folder_.write("count", std::string(8, '\0'));
  std::optional<test::service> service_;
};

// Allocations of `n` requests on a connection that has been used before.
std::uint64_t allocations_of(const counted_service& s, const std::string& request, int n) {
  test::raw_client c(s.port());
  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) {
      REQUIRE(c.send(request));
      REQUIRE(c.answer().starts_with("HTTP/1.1 200 OK\r\n"));
    }
  };
  ask(100);
  const std::uint64_t before = s.allocations();
  ask(n);
  return s.allocations() - before;
}

}  // namespace

TEST_CASE("keep-alive requests allocate nothing") {
  const counted_service s;
  CHECK(s.allocations() > 0);  // starting does: the counter counts
  constexpr int n = 2000;
  CHECK(allocations_of(s, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", n) == 0);
  const std::string typical =
      "Host: tailrace.example:8080\r\nUser-Agent: curl/8.0\r\nAccept: */*\r\n"
      "X-Request-Id: 0123456789abcdef0123456789abcdef\r\nContent-Type: text/plain\r\n";
  for (const std::size_t size : {0, 1, 1000, 10'000}) {
    CAPTURE(size);
    CHECK(allocations_of(s,
                         "POST /v1/hash HTTP/1.1\r\n" + typical + "Content-Length: " +
                             std::to_string(size) + "\r\n\r\n" + std::string(size, 'x'),
                         n) == 0);
  }
}
#endif
