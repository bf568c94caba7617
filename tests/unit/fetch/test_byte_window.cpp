#include "fetch/byte_window.hpp"

#include <cstring>
#include <string>
#include <string_view>

#include "tests/support/catch.hpp"

using namespace tailrace;
using fetch::byte_window;

namespace {

constexpr std::size_t first_chunk = 16384;
constexpr std::size_t chunk = byte_window::chunk_bytes_max;

// Byte number i of the stream.
char byte_at(std::uint64_t i) {
  return static_cast<char>(i * 31 + i / 251);
}

std::size_t fill(byte_window& w, std::optional<std::uint64_t> left = std::nullopt) {
  const auto room = w.room(left);
  const std::uint64_t from = w.end();
  for (std::size_t i = 0; i < room.size(); ++i) room[i] = static_cast<std::byte>(byte_at(from + i));
  if (!room.empty()) w.add(room.size());
  return room.size();
}

fetch::prefix_digest::value digest_of(std::uint64_t size) {
  std::string all;
  for (std::uint64_t i = 0; i < size; ++i) all.push_back(byte_at(i));
  fetch::prefix_digest d;
  d.update(std::as_bytes(std::span(all)));
  return d.of_all_so_far();
}

}  // namespace

TEST_CASE("a window keeps what was received until it is full") {
  admission::budget memory(1 << 20);
  byte_window w(memory, first_chunk + 2 * chunk);
  CHECK(fill(w) == first_chunk);
  CHECK(fill(w) == chunk);
  CHECK(fill(w) == chunk);
  CHECK(w.room(std::nullopt).empty());
  CHECK(memory.used() == first_chunk + 2 * chunk);
  for (std::uint64_t at : {std::uint64_t{0}, std::uint64_t{first_chunk - 1},
                           std::uint64_t{first_chunk}, w.end() - 1}) {
    const auto piece = w.at(at, 1000);
    REQUIRE(!piece.bytes.empty());
    CHECK(piece.bytes.size() <= 1000);
    CHECK(static_cast<char>(piece.bytes.front()) == byte_at(at));
  }
  // A piece ends where its chunk does.
  CHECK(w.at(first_chunk - 1, 1000).bytes.size() == 1);
}

TEST_CASE("a window drops whole chunks and still knows what they were") {
  admission::budget memory(1 << 20);
  byte_window w(memory, first_chunk + chunk);
  fill(w);
  fill(w);
  const auto kept = w.at(10, 100);
  w.drop_before(first_chunk - 1);
  CHECK(w.begin() == 0);
  w.drop_before(first_chunk + 1);
  CHECK(w.begin() == first_chunk);
  CHECK(w.end() == first_chunk + chunk);
  CHECK(memory.used() == chunk + first_chunk);  // the piece is still held
  CHECK(static_cast<char>(kept.bytes.front()) == byte_at(10));
  CHECK(w.digest_before(first_chunk) == digest_of(first_chunk));
  CHECK(w.digest_before(first_chunk + 5) == digest_of(first_chunk + 5));
  CHECK(w.digest_before(first_chunk + 5) != digest_of(first_chunk + 6));
  w.drop_before(w.end());
  CHECK(w.begin() == w.end());
  CHECK(w.digest_before(w.end()) == digest_of(first_chunk + chunk));
  CHECK(fill(w) == chunk);
  CHECK(w.end() == first_chunk + 2 * chunk);
}

TEST_CASE("a window takes no more memory than the answer needs, nor more than there is") {
  admission::budget memory(chunk);
  byte_window w(memory, 10 * chunk);
  CHECK(fill(w, 100) == 100);
  CHECK(memory.used() == 100);
  // Room to find out that this was all.
  CHECK(w.room(0).size() == 1);
  CHECK(fill(w, 0) == 1);
  CHECK(w.room(chunk).empty());
  byte_window none(memory, 0);
  CHECK(none.room(std::nullopt).empty());
  byte_window tiny(memory, 10);
  CHECK(fill(tiny) == 10);
  CHECK(tiny.room(std::nullopt).empty());
}

TEST_CASE("a chunk that is not full is filled further, and never dropped") {
  admission::budget memory(1 << 20);
  byte_window w(memory, 10 * chunk);
  REQUIRE(w.room(std::nullopt).size() == first_chunk);
  w.add(100);
  w.drop_before(100);
  CHECK(w.begin() == 0);
  CHECK(w.room(std::nullopt).size() == first_chunk - 100);
  CHECK(w.end() == 100);
}
