#include "net/forwarded.hpp"

#include "tests/support/catch.hpp"

using namespace tailrace;

namespace {

std::string client_of(const std::vector<std::string>& lines) {
  const std::vector<io::network> trusted{io::network::parse("10.0.0.0/8").value(),
                                         io::network::parse("fd00::/8").value()};
  http::fields fields;
  for (const auto& line : lines) fields.add({http::field_name::unknown, "x-forwarded-for", line});
  const auto found = net::forwarded_client(fields, trusted);
  return found ? found->to_string() : "none";
}

}  // namespace

TEST_CASE("X-Forwarded-For is believed as far as trusted proxies wrote it") {
  CHECK(client_of({"192.0.2.1"}) == "192.0.2.1");
  CHECK(client_of({"192.0.2.1, 10.0.0.1"}) == "192.0.2.1");
  CHECK(client_of({"192.0.2.1,\t10.0.0.1 ,fd00::1"}) == "192.0.2.1");
  // What stands before the first stranger, that stranger may have made up.
  CHECK(client_of({"198.51.100.9, 192.0.2.1, 10.0.0.1"}) == "192.0.2.1");
  // Several lines are one list (RFC 9110 §5.3).
  CHECK(client_of({"198.51.100.9", "192.0.2.1, 10.0.0.1"}) == "192.0.2.1");
  CHECK(client_of({"192.0.2.1", "10.0.0.1"}) == "192.0.2.1");
  CHECK(client_of({"10.0.0.3, 10.0.0.2"}) == "10.0.0.3");
}

TEST_CASE("X-Forwarded-For: forms of addresses, and what is none") {
  CHECK(client_of({"192.0.2.1:4711"}) == "192.0.2.1");
  CHECK(client_of({"[2001:db8::1]:4711"}) == "2001:db8::1");
  CHECK(client_of({"[2001:db8::1]"}) == "2001:db8::1");
  CHECK(client_of({"2001:db8::1"}) == "2001:db8::1");
  CHECK(client_of({"::ffff:192.0.2.1"}) == "192.0.2.1");
  CHECK(client_of({}) == "none");
  CHECK(client_of({""}) == "none");
  CHECK(client_of({"unknown"}) == "none");
  CHECK(client_of({std::string(100, '1')}) == "none");
  // Nothing behind a gap is guessed at.
  CHECK(client_of({"192.0.2.1, unknown, 10.0.0.1"}) == "10.0.0.1");
  CHECK(client_of({"192.0.2.1,,10.0.0.1"}) == "10.0.0.1");
  CHECK(client_of({"[::1"}) == "::1");
}
