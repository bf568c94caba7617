#include "compute/hash/hasher.hpp"
#include "core/body.hpp"

#include <random>
#include <string>

#include "tests/support/catch.hpp"

using namespace tailrace;
using hash::algorithm;

namespace {

const std::vector<algorithm> all{algorithm::sha256, algorithm::sha1, algorithm::sha384,
                                 algorithm::sha512, algorithm::md5,  algorithm::blake2b512,
                                 algorithm::xxh128};

}  // namespace

// FIPS 180-4 and RFC 1321, RFC 7693 examples of "abc"; xxHash's own for the empty input.
TEST_CASE("published digests") {
  hash::hasher h(all);
  h.update(as_bytes("abc"));
  const auto d = h.finish();
  CHECK(d[0].hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(d[1].hex() == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(
      d[2].hex() ==
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c8"
      "25a7");
  CHECK(
      d[3].hex() ==
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fe"
      "ebbd454d4423643ce80e2a9ac94fa54ca49f");
  CHECK(d[4].hex() == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(
      d[5].hex() ==
      "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533"
      "cc9518d38aa8dbf1925ab92386edd4009923");
  h.reset();
  CHECK(h.finish()[6].hex() == "99aa06d3014798d86001c324468d497f");
}

TEST_CASE("a message split anywhere has the same digests, and reset starts anew") {
  std::mt19937_64 source(7);
  std::string message(1000, '\0');
  for (char& c : message) c = static_cast<char>(source());
  hash::hasher whole(all), pieces(all);
  whole.update(as_bytes(message));
  const auto expected = whole.finish();
  for (std::size_t split = 0; split <= message.size(); split += 37) {
    pieces.reset();
    pieces.update(as_bytes(std::string_view(message).substr(0, split)));
    pieces.update(as_bytes(std::string_view(message).substr(split)));
    const auto found = pieces.finish();
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(found[i].hex() == expected[i].hex());
  }
}

TEST_CASE("algorithm lists and expectations are read strictly") {
  CHECK(hash::parse_algorithms("sha256,md5")->size() == 2);
  for (const char* bad : {"", "sha256,", ",", "SHA256", "md5,md5", "crc32", "sha256 "}) {
    CAPTURE(bad);
    CHECK(hash::parse_algorithms(bad).has_error());
  }
  const std::string md5(32, 'A');
  CHECK(hash::parse_expectation("md5:" + md5)->hex == std::string(32, 'a'));
  for (const std::string& bad : {std::string("md5"), "md5:" + md5 + "0", "md5:" + md5.substr(1),
                                 "md5:" + std::string(32, 'g'), "md6:" + md5})
    CHECK(hash::parse_expectation(bad).has_error());
}
