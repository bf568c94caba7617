#include "core/base64.hpp"
#include "core/body.hpp"

#include <openssl/evp.h>

#include <random>
#include <string>

#include "tests/support/catch.hpp"

using namespace tailrace;

namespace {

std::optional<std::string> decoded(std::string_view text) {
  const auto bytes = from_base64(text);
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

}  // namespace

TEST_CASE("base64 of RFC 4648's test vectors") {
  CHECK(decoded("") == "");
  CHECK(decoded("Zg==") == "f");
  CHECK(decoded("Zm8=") == "fo");
  CHECK(decoded("Zm9v") == "foo");
  CHECK(decoded("Zm9vYg==") == "foob");
  CHECK(decoded("Zm9vYmE=") == "fooba");
  CHECK(decoded("Zm9vYmFy") == "foobar");
}

TEST_CASE("what is not base64, or another spelling of it, is refused") {
  for (const char* text :
       {"Z",      "Zg",   "Zg=",         "Zm8",    "Zm9vYg",   "=",    "==",   "====",
        "Zg===",  "Z===", "Zg==Zg==",    "Zm9v=",  "Zm9v====", "Zh==", "Zm9=", "Zm-_",
        "Zm9v\n", "Zm 9", "Zm9vY\xc3==", "Zg==\n", "=Zm9",     "Z=m9", "Zm=v"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text));
  }
  for (int c = 0; c < 256; ++c) {
    const bool known = std::isalnum(c) != 0 || c == '+' || c == '/';
    for (std::size_t at = 0; at < 4; ++at) {
      std::string text = "AAAA";
      text[at] = static_cast<char>(c);
      if (c == '=' && at == 3) continue;
      CAPTURE(c, at);
      CHECK(from_base64(text).has_value() == known);
    }
  }
}

TEST_CASE("base64 undoes what OpenSSL encodes") {
  std::mt19937_64 source(7);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(source());
    std::string text(size * 2 + 8, '\0');
    const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                  reinterpret_cast<const unsigned char*>(bytes.data()),
                                  static_cast<int>(size));
    text.resize(static_cast<std::size_t>(n));
    CHECK(decoded(text) == bytes);
  }
}
