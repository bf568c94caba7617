#include "core/base64.hpp"

#include "tests/support/catch.hpp"

using namespace tailrace;

TEST_CASE("base64url: the vectors of RFC 4648 section 10, without padding") {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(base64url(bytes) == text);
    CHECK(from_base64url(text) == std::string(bytes));
  }
  // The two characters that make it safe in URLs.
  CHECK(base64url("\xfb\xff") == "-_8");
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  CHECK(from_base64url(base64url(all)) == all);
}

TEST_CASE("base64url: one spelling for each text, and nothing else") {
  for (const char* bad : {"Z", "Zg=", "Zg==", "Z+8", "Z/8", "Zh", "Zm9", "Zm 9", "Zm9vY"})
    CHECK_FALSE(from_base64url(bad).has_value());
}
