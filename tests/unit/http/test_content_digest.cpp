#include "core/hex.hpp"
#include "http/content_digest.hpp"

#include "tests/support/catch.hpp"

using namespace tailrace;

namespace {

std::string read(std::initializer_list<std::string_view> values) {
  http::fields all;
  for (const auto value : values) all.add({http::field_name::unknown, "content-DIGEST", value});
  all.add({http::field_name::unknown, "Repr-Digest", "nonsense"});
  const auto declared = http::content_digests(all);
  if (declared.has_error()) {
    CHECK(declared.error().code == errc::bad_request);
    return "wrong";
  }
  std::string out;
  for (const auto& one : *declared) {
    std::string hex(2 * one.bytes.size(), '\0');
    write_hex(hex.data(), std::span<const std::byte>(one.bytes));
    out += one.algorithm + "=" + hex + " ";
  }
  return out;
}

}  // namespace

TEST_CASE("Content-Digest is a dictionary of byte sequences, perhaps on several lines") {
  CHECK(read({}) == "");
  CHECK(read({""}) == "");
  CHECK(read({"sha-256=:AQI=:"}) == "sha-256=0102 ");
  CHECK(read({"sha-256=:AQI=: , md5=:AA==:;q=1", "unixsum=::"}) == "sha-256=0102 md5=00 unixsum= ");
}

TEST_CASE("what is no such dictionary is refused") {
  for (const char* value : {"sha-256", "sha-256=", "sha-256=AQI=", "sha-256=:AQI=", "sha-256=:AQI:",
                            "sha-256=:A Q=:", "SHA-256=:AQI=:", "=:AQI=:", "sha-256=:AQI=:x", ",",
                            "sha-256=:AQI=:,,a=::", "a b=::", "sha-256=\"AQI=\""}) {
    CAPTURE(value);
    CHECK(read({value}) == "wrong");
  }
}
