#include "fetch/tls_sessions.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;
using tailrace::fetch::tls_session;
using tailrace::fetch::tls_sessions;

namespace {

// Told apart by their time-out.
tls_sessions::kept made(int number, tailrace::time_point verified) {
  tls_session s(SSL_SESSION_new());
  SSL_SESSION_set_timeout(s.get(), number);
  return {std::move(s), verified};
}

long found(tls_sessions& all, std::string_view key, tailrace::time_point now) {
  const auto k = all.find(key, now);
  return k.session ? SSL_SESSION_get_timeout(k.session.get()) : 0;
}

}  // namespace

TEST_CASE("a session is found again under its own key only, as often as wanted") {
  tailrace::test::manual_clock clock;
  tls_sessions all;
  all.keep("a:443", made(1, clock.now()));
  all.keep("a:444", made(2, clock.now()));
  CHECK(found(all, "a:443", clock.now()) == 1);
  CHECK(found(all, "a:443", clock.now()) == 1);
  CHECK(found(all, "b:443", clock.now()) == 0);
  all.keep("a:443", made(3, clock.now()));
  CHECK(found(all, "a:443", clock.now()) == 3);
  all.forget("a:443");
  CHECK(found(all, "a:443", clock.now()) == 0);
  CHECK(all.size() == 1);
}

TEST_CASE("a session leaves at its age, or when there are too many") {
  tailrace::test::manual_clock clock;
  tls_sessions all(2);
  for (const char* key : {"a", "b", "c"}) all.keep(key, made(1, clock.now()));
  CHECK(all.size() == 2);
  CHECK(found(all, "a", clock.now()) == 0);
  clock.advance(tls_sessions::age_max - 1ns);
  CHECK(found(all, "b", clock.now()) == 1);
  clock.advance(1ns);
  CHECK(found(all, "b", clock.now()) == 0);
  CHECK(all.size() == 1);
  tls_sessions none(0);
  none.keep("a", made(1, clock.now()));
  CHECK(none.size() == 0);
}
