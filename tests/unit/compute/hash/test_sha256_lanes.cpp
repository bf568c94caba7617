#include "compute/hash/sha256_lanes.hpp"
#include "core/body.hpp"

#include <algorithm>
#include <deque>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/sha256_plans.hpp"

using namespace tailrace;
using hash::sha256;
using hash::sha256_lanes;
using hash::sha256_piece;
using hash::sha256_plan;
using test::all_plans;
using test::openssl_digest;
using test::random_bytes;

namespace {

// Each message whole, all at once.
std::vector<sha256::digest> digests(const sha256_plan& plan,
                                    const std::vector<std::string_view>& messages) {
  std::vector<sha256> states(messages.size());
  std::vector<sha256_piece> pieces(messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i)
    pieces[i] = {&states[i], as_bytes(messages[i]), true, {}};
  sha256_lanes lanes(plan);
  lanes.run(pieces);
  std::vector<sha256::digest> all;
  for (const auto& p : pieces) all.push_back(p.digest);
  return all;
}

std::string hex(const sha256::digest& digest) {
  std::string text;
  for (const unsigned char byte : digest) {
    text.push_back("0123456789abcdef"[byte >> 4U]);
    text.push_back("0123456789abcdef"[byte & 15U]);
  }
  return text;
}

std::string from_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

}  // namespace

// FIPS 180-4's examples, and messages of NIST's CAVP (SHA256ShortMsg.rsp), in every lane.
TEST_CASE("published SHA-256 digests come out of every lane of every kernel") {
  const std::vector<std::pair<std::string, std::string>> published{
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlm"
       "nopqrsmnopqrstnopqrstu",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
      {from_hex("d3"), "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"},
      {from_hex("11af"), "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"},
      {from_hex("b4190e"), "dff2e73091f6c05e528896c4c831b9448653dc2ff043528f6769437bc7b975c2"},
      {from_hex("74ba2521"), "b16aa56be3880d18cd41e68384cf1ec8c17680c45a02b1575dc1518923ae8b0e"},
      {from_hex("c299209682"), "f0887fe961c9cd3beab957e8222494abb969b1ce4c6557976df8b0f6d20e9166"}};
  for (const auto& [name, plan] : all_plans()) {
    CAPTURE(name);
    for (const auto& [message, digest] : published) {
      const std::vector<std::string_view> everywhere(16, message);
      for (const auto& found : digests(plan, everywhere)) CHECK(hex(found) == digest);
    }
  }
}

// CAVP's Monte Carlo test (SHA256Monte.rsp, COUNT = 0): a thousand digests, each of the three
// before it.
TEST_CASE("the SHA-256 Monte Carlo test of NIST") {
  const std::string seed =
      from_hex("6d1e72ad03ddeb5de891e572e2396f8da015d899ef0e79503152d6010a3fe691");
  for (const auto& [name, plan] : all_plans()) {
    CAPTURE(name);
    std::deque<std::string> last(3, seed);
    for (int i = 0; i < 1000; ++i) {
      const std::string message = last[0] + last[1] + last[2];
      const auto all = digests(plan, std::vector<std::string_view>(16, message));
      const auto& one = all[static_cast<std::size_t>(i) % 16];
      last.pop_front();
      last.emplace_back(reinterpret_cast<const char*>(one.data()), one.size());
    }
    sha256::digest found;
    std::copy(last[2].begin(), last[2].end(), found.begin());
    CHECK(hex(found) == "e93c330ae5447738c8aa85d71a6c80f2a58381d05872d26bdd39f1fcd4f2b788");
  }
}

TEST_CASE("messages of every length up to 300 bytes, and around longer ends of blocks") {
  std::mt19937_64 source(1);
  const std::string text = random_bytes(source, 20'000);
  std::vector<std::string_view> messages;
  for (std::size_t length = 0; length <= 300; ++length)
    messages.push_back(std::string_view(text).substr(length, length));
  for (const std::size_t blocks : {16U, 64U, 157U})
    for (std::size_t around = 0; around <= 20; ++around)
      messages.push_back(std::string_view(text).substr(around, blocks * 64 - 10 + around));
  for (const auto& [name, plan] : all_plans()) {
    CAPTURE(name);
    const auto found = digests(plan, messages);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      CAPTURE(messages[i].size());
      CHECK(found[i] == openssl_digest(messages[i]));
    }
  }
}

// Two pieces, the second one in company of others that began at other points of a block.
TEST_CASE("a message may be split anywhere, and go back and forth between OpenSSL and a lane") {
  std::mt19937_64 source(2);
  const std::string text = random_bytes(source, 200);
  for (const auto& [name, plan] : all_plans()) {
    CAPTURE(name);
    sha256_lanes lanes(plan);
    std::vector<sha256> states(text.size() + 1);
    std::vector<sha256_piece> pieces(text.size() + 1);
    const auto bytes = as_bytes(std::string_view(text));
    for (std::size_t split = 0; split <= text.size(); ++split)
      pieces[split] = {&states[split], bytes.first(split), false, {}};
    lanes.run(pieces);
    for (std::size_t split = 0; split <= text.size(); ++split) {
      // Every third message gets 7 bytes more past the lanes.
      const std::size_t aside = split % 3 == 0 ? std::min<std::size_t>(7, text.size() - split) : 0;
      states[split].update(bytes.subspan(split, aside));
      pieces[split] = {&states[split], bytes.subspan(split + aside), true, {}};
    }
    lanes.run(pieces);
    for (const auto& p : pieces) CHECK(p.digest == openssl_digest(text));
    // And by OpenSSL alone to the end.
    for (std::size_t split = 0; split <= text.size(); ++split) {
      states[split].reset();
      pieces[split] = {&states[split], bytes.first(split), false, {}};
    }
    lanes.run(pieces);
    for (std::size_t split = 0; split <= text.size(); ++split) {
      states[split].update(bytes.subspan(split));
      CHECK(states[split].finish() == openssl_digest(text));
    }
  }
}

// The count of bits has two halves of 32: the lanes must carry, as OpenSSL does.
TEST_CASE("a message of more than 512 MiB is counted right") {
  const std::string piece(4096, 'x');
  for (const auto& [name, plan] : all_plans()) {
    CAPTURE(name);
    sha256 by_openssl;
    sha256 in_lane;
    const std::size_t most_blocks = (std::size_t{1} << 29U) / sha256::block_bytes - 1;
    by_openssl.count(most_blocks);
    in_lane.count(most_blocks);
    by_openssl.update(as_bytes(std::string_view(piece)));
    std::vector<sha256> others(15);
    std::vector<sha256_piece> pieces{{&in_lane, as_bytes(std::string_view(piece)), true, {}}};
    for (auto& o : others) pieces.push_back({&o, as_bytes(std::string_view(piece)), true, {}});
    sha256_lanes lanes(plan);
    lanes.run(pieces);
    CHECK(pieces[0].digest == by_openssl.finish());
  }
}

namespace {

// Hands out what it has and writes down what ends in which order.
class recorder final : public hash::sha256_pieces {
 public:
  explicit recorder(std::vector<sha256_piece>& all) : all_(all) {}
  sha256_piece* next() noexcept override {
    return given_ < all_.size() ? &all_[given_++] : nullptr;
  }
  void done(sha256_piece& piece) noexcept override {
    ended.push_back(static_cast<std::size_t>(&piece - all_.data()));
    given_before.push_back(given_);
  }

  std::vector<std::size_t> ended;         // by their index
  std::vector<std::size_t> given_before;  // how many had been asked for by then

 private:
  std::vector<sha256_piece>& all_;
  std::size_t given_ = 0;
};

}  // namespace

TEST_CASE("a short message beside long ones ends first, and the next one takes its lane") {
  const std::string large(64 * 100, 'l'), small(64, 's');
  for (const auto& [name, plan] : all_plans()) {
    if (plan.lanes() == 1) continue;
    CAPTURE(name);
    std::vector<sha256> states(plan.lanes() + 2);
    std::vector<sha256_piece> pieces;
    for (auto& s : states) pieces.push_back({&s, as_bytes(std::string_view(large)), true, {}});
    pieces[1].bytes = as_bytes(std::string_view(small));
    recorder record(pieces);
    sha256_lanes lanes(plan);
    lanes.run(record);
    // The second message was given last but two, and is done before any other and before the two
    // that had no lane at first are asked for.
    REQUIRE(record.ended.size() == pieces.size());
    CHECK(record.ended[0] == 1);
    CHECK(record.given_before[0] == plan.lanes());
    CHECK(record.given_before[1] > plan.lanes());
    for (const auto& p : pieces)
      CHECK(p.digest == openssl_digest(&p == &pieces[1] ? small : large));
  }
}

// 10^6 messages in all, of mixed lengths, in batches of mixed sizes, through every plan in turn.
TEST_CASE("a million random messages have the digests that OpenSSL gives them") {
  const auto seed = Catch::rngSeed();
  CAPTURE(seed);
  std::mt19937_64 source(seed);
  const std::string text = random_bytes(source, 65'536);
  const auto plans = all_plans();
  std::size_t left = 1'000'000;
  std::size_t wrong = 0;
  for (std::size_t turn = 0; left > 0; ++turn) {
    const std::size_t count = std::min<std::size_t>(left, 1 + source() % 400);
    std::vector<std::string_view> messages;
    for (std::size_t i = 0; i < count; ++i) {
      // Mostly short ones, as they have the most borders.
      const std::size_t length = source() % (source() % 16 == 0 ? 3000 : 200);
      messages.push_back(std::string_view(text).substr(source() % (text.size() - 3000), length));
    }
    const auto found = digests(plans[turn % plans.size()].second, messages);
    for (std::size_t i = 0; i < count; ++i) wrong += found[i] != openssl_digest(messages[i]);
    left -= count;
  }
  CHECK(wrong == 0);
}
