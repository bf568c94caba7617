// A fetcher of the running service on the test's own thread, with limits short enough to wait for.
#pragma once
#include "exec/executor.hpp"
#include "fetch/live_fetcher.hpp"
#include "fetch/tls.hpp"

#include <optional>
#include <string>
#include <utility>

#include "tests/support/catch.hpp"
#include "tests/support/io_loop.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/origin.hpp"

namespace tailrace::test {

// What became of one fetch. `failed` is empty when all of the body came.
struct fetched {
  std::optional<error> failed;
  bool opened = false;
  std::string body;
  std::string content_type;
  std::optional<std::uint64_t> size;
  stage_times spent;  // until it was opened
};

// Opens and reads to the end, in pieces of at most `piece` bytes.
inline io::awaitable<fetched> fetch_whole(fetch::fetcher& from, fetch::request r,
                                          std::size_t piece) {
  fetched f;
  fetch::progress steps;
  r.steps = &steps;
  auto opening = from.open(r);
  auto opened = co_await std::move(opening);
  f.spent = steps.spent(time_point{});  // it has ended: no step goes on
  if (opened.has_error()) {
    f.failed = opened.error();
    co_return f;
  }
  f.opened = true;
  fetch::source& s = **opened;
  f.content_type = s.head().content_type;
  f.size = s.size();
  std::vector<std::byte> room(piece);
  for (;;) {
    auto reading = s.read_some(room);
    const auto n = co_await std::move(reading);
    if (n.has_error()) {
      f.failed = n.error();
      co_return f;
    }
    if (*n == 0) co_return f;
    f.body.append(reinterpret_cast<const char*>(room.data()), *n);
  }
}

// Answers one request so, and closes.
inline script answering(std::string bytes) {
  return script().request().send(std::move(bytes));
}

// Answers every request so.
inline script always(std::string bytes) {
  return script().serve([bytes](const std::string&) { return bytes; });
}

inline void check_failed(const fetched& f, errc code) {
  REQUIRE(f.failed);
  INFO(f.failed->detail);
  CHECK(name_of(f.failed->code) == name_of(code));
}

class fetching {
 public:
  static settings short_limits() {
    settings s = may_ask_loopback();
    s.connect_timeout_ms = 2000;
    s.origin_wait_timeout_ms = 2000;
    s.body_rate_grace_ms = 2000;
    return s;
  }

  explicit fetching(settings s = short_limits(), const std::string& dns_servers = {})
      : settings_(std::move(s)),
        policy_(fetch::address_policy::make(settings_).value()),
        tls_(fetch::make_tls_context(settings_)),
        files_(clock_, exec::executor_options("files", 1, 16)),
        fetcher_(settings_, loop_.thread(), policy_, tls_, files_, dns_servers) {}

  fetched get(std::string url, std::uint64_t bytes_max = 0, std::size_t piece = 65536) {
    fetch::request r(std::move(url));
    r.bytes_max = bytes_max;
    return get(std::move(r), piece);
  }

  fetched get(fetch::request r, std::size_t piece = 65536) {
    // However a test is wrong, it ends.
    const auto safety = deadline::after(clock_.now(), std::chrono::seconds(20));
    r.until = std::min(r.until, safety);
    return loop_.run(fetch_whole(fetcher_, std::move(r), piece));
  }

  io_loop& loop() noexcept { return loop_; }
  fetch::live_fetcher& fetcher() noexcept { return fetcher_; }
  boost::asio::ssl::context& tls() noexcept { return tls_; }
  fetch::address_policy& policy() noexcept { return policy_; }
  const fetch::stats& counts() const noexcept { return fetcher_.counts(); }

 private:
  settings settings_;
  steady_clock clock_;
  io_loop loop_;
  fetch::address_policy policy_;
  boost::asio::ssl::context tls_;
  exec::executor files_;
  fetch::live_fetcher fetcher_;
};

}  // namespace tailrace::test
