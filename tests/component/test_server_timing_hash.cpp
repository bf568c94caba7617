// What Server-Timing says of digesting uploads: what was received, what was computed, by whom, and
// what of it nobody waited for. On virtual time.
#include "exec/offload.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/timed_service.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using test::timed_service;
using test::timing_of;

namespace {

const std::string slice(api::context::slice_bytes, 'x');

// Workers hash whatever comes fast and fills slices.
settings beyond_inline() {
  settings s = timed_service::usual();
  s.hash_inline_bytes_max = 1000;
  return s;
}

// The head alone. SHA-256 is not all that is asked for, so no others are hashed with it.
timed_service::asking& upload(timed_service& s, std::size_t slices) {
  return s.ask("POST /v1/hash?algorithm=sha256,md5,sha1 HTTP/1.1\r\nHost: a\r\nContent-Length: " +
               std::to_string(slices * slice.size()) + "\r\n\r\n");
}

// One more slice of the body, and all that is done with it until the next has to come.
void send_slice(timed_service& s, const timed_service::asking& to) {
  s.send(to, slice);
  s.pass_and_settle(0ms);
}

}  // namespace

TEST_CASE("timing: receiving a body is downloading it") {
  timed_service service;
  auto& asked = service.ask("POST /v1/hash HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
  service.run_until([&] { return service.cells.requests_in_flight().value() == 1; });
  service.pass(80ms);
  service.send(asked, "world");
  service.run_until([&] { return asked.whole(); });
  const auto t = timing_of(asked);
  CHECK(t.of("download") == 80);
  CHECK(t.total == 80);
}

TEST_CASE("timing: digesting takes the time that it computes") {
  settings s = timed_service::usual();
  s.hash_inline_bytes_max = 64 << 20;
  timed_service service(s);
  service.time.counts_cpu = true;
  auto& asked = service.ask(
      "POST /v1/hash?algorithm=sha256,sha1,sha384,sha512,md5,blake2b512 HTTP/1.1\r\nHost: a\r\n"
      "Content-Length: 8388608\r\n\r\n");
  std::size_t left = 8 << 20;
  service.run_until([&] { return asked.whole(); },
                    [&] {
                      const std::size_t most = std::min(left, slice.size());
                      const auto n = ::send(asked.socket, slice.data(), most, MSG_NOSIGNAL);
                      if (n > 0) left -= static_cast<std::size_t>(n);
                    });
  const auto t = timing_of(asked);
  // Six digests of each byte cost far more than to send and to receive it.
  CHECK(t.of("hash") > t.total / 2);
  CHECK(t.beside == 0);
}

TEST_CASE("timing: a slice that is received waits for the worker that has the one before") {
  // Where looking at the clock takes time the workers compute for some, but their looks may fall
  // anywhere; where it takes none all is exact.
  const auto tick = GENERATE(values<duration>({0us, 200us}));
  timed_service service(beyond_inline());
  auto& lane = service.lanes.short_lane();
  // The only worker is busy with something else.
  std::promise<void> go;
  auto busy = exec::start(lane, exec::job_options(), [&] { go.get_future().wait(); });
  while (lane.pending() > 0) std::this_thread::yield();
  auto& asked = upload(service, 3);
  // The first is hashed on the I/O thread, the second left to the worker, beside it the third
  // received.
  send_slice(service, asked);
  CHECK(lane.pending() == 0);
  send_slice(service, asked);
  CHECK(lane.pending() == 1);
  send_slice(service, asked);
  service.pass(40ms);
  service.time.worker_tick = tick;
  go.set_value();
  service.run_until([&] { return asked.whole(); });

  const auto t = timing_of(asked);
  if (tick == 0us) {
    CHECK(t.of("queue") == 40);
    CHECK(t.of("hash") == 0);
    CHECK(t.of("download") == 0);
  } else {
    CHECK(t.of("queue") >= 40);
    CHECK(t.of("queue") <= 43);  // the workers look at the clock before and after a job
    CHECK(t.of("hash") >= 0.2);
    CHECK(t.of("download") <= 1);
  }
}

TEST_CASE("timing: hashing that nobody waited for overlaps, and is no part of the sum") {
  timed_service service(beyond_inline());
  service.time.worker_tick = 200us;
  auto& asked = upload(service, 3);
  send_slice(service, asked);
  send_slice(service, asked);
  // The worker is done with the second before the third comes: it does one job after the other.
  std::promise<void> done;
  auto behind =
      exec::start(service.lanes.short_lane(), exec::job_options(), [&] { done.set_value(); });
  done.get_future().wait();
  service.pass(30ms);
  send_slice(service, asked);
  service.run_until([&] { return asked.whole(); });

  const auto t = timing_of(asked);
  CHECK(t.beside >= 0.2);
  CHECK(t.of("download") >= 30);
  CHECK(t.total < 33);
}
