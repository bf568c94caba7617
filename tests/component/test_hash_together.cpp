// Many uploads at the same time, on one I/O thread: their digests are computed side by side.
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;

namespace {

std::string random_bytes(std::mt19937_64& source, std::size_t count) {
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>(source());
  return bytes;
}

std::string hex_digest(const std::string& bytes, const EVP_MD* method) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), raw.data(), &size, method, nullptr);
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text.push_back("0123456789abcdef"[raw[i] >> 4U]);
    text.push_back("0123456789abcdef"[raw[i] & 15U]);
  }
  return text;
}

std::string base64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto* const from = reinterpret_cast<const unsigned char*>(bytes.data());
  auto* const to = reinterpret_cast<unsigned char*>(text.data());
  text.resize(static_cast<std::size_t>(EVP_EncodeBlock(to, from, static_cast<int>(bytes.size()))));
  return text;
}

std::string with_length(const std::string& target, const std::string& body) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

std::string in_chunks(const std::string& target, const std::string& body, std::mt19937_64& source) {
  std::string text =
      "POST " + target + " HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t size = std::min<std::size_t>(body.size() - at, 1 + source() % 50'000);
    std::array<char, 20> line{};
    text.append(line.data(),
                static_cast<std::size_t>(std::snprintf(line.data(), line.size(), "%zx\r\n", size)));
    text.append(body, at, size).append("\r\n");
    at += size;
  }
  return text + "0\r\n\r\n";
}

struct outcome {
  unsigned right = 0;
  unsigned wrong = 0;
};

// One client: uploads of all sizes and framings one after the other; some end in the middle.
void upload(std::uint16_t port, std::uint64_t seed, unsigned uploads, outcome& seen) {
  std::mt19937_64 source(seed);
  auto client = std::make_unique<test::raw_client>(port);
  for (unsigned i = 0; i < uploads; ++i) {
    const std::string body =
        random_bytes(source, source() % (source() % 3 == 0 ? 2'000'000 : 200'000));
    const bool other = source() % 8 == 0;
    const std::string target = other ? "/v1/hash?algorithm=md5" : "/v1/hash";
    const std::string text =
        source() % 2 == 0 ? with_length(target, body) : in_chunks(target, body, source);
    if (source() % 8 == 0) {
      client->send(std::string_view(text).substr(0, text.size() / 2));
      client->reset();
      client = std::make_unique<test::raw_client>(port);
      continue;
    }
    client->send(text);
    const std::string answer = client->answer();
    const std::string digest = hex_digest(body, other ? EVP_md5() : EVP_sha256());
    ++(answer.find(digest) != std::string::npos ? seen.right : seen.wrong);
  }
}

outcome upload_at_once(const test::service& s, unsigned clients, unsigned uploads) {
  const std::uint64_t seed = Catch::rngSeed();
  INFO("seed " << seed);
  std::vector<outcome> seen(clients);
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < clients; ++i)
      threads.emplace_back([&, i] { upload(s.port(), seed + i, uploads, seen[i]); });
  }
  outcome all;
  for (const auto& one : seen) {
    all.right += one.right;
    all.wrong += one.wrong;
  }
  return all;
}

}  // namespace

TEST_CASE(
    "uploads at the same time are digested together, each right, cut ones beside whole ones") {
  test::service s({"--io-threads=1"});
  const outcome all = upload_at_once(s, 24, 12);
  CHECK(all.wrong == 0);
  CHECK(all.right > 24 * 12 / 2);
  // The machine may have nothing that is better than OpenSSL alone.
  if (s.output().find("x4") == std::string::npos && s.output().find("x16") == std::string::npos)
    return;
  CHECK(s.metric("tailrace_hash_batch_bytes_total{by=\"lanes\"}") > 1'000'000);
}

TEST_CASE("uploads at the same time are digested right when they wait for each other") {
  test::service s({"--io-threads=1", "--hash-batch-wait-us-max=500"});
  const outcome all = upload_at_once(s, 8, 6);
  CHECK(all.wrong == 0);
  CHECK(all.right > 8 * 6 / 2);
}

TEST_CASE("uploads at the same time are digested right with next to no memory for slices") {
  test::service s({"--io-threads=1", "--memory-budget-bytes=1000000"});
  const outcome all = upload_at_once(s, 24, 4);
  CHECK(all.wrong == 0);
  CHECK(all.right > 24 * 4 / 2);
}

TEST_CASE("the items of a batch that are in memory are digested together, each as it wants") {
  test::service s;
  const std::uint64_t seed = Catch::rngSeed();
  INFO("seed " << seed);
  std::mt19937_64 source(seed);
  std::string lines;
  std::vector<std::string> expected;
  for (int i = 0; i < 300; ++i) {
    const std::string data = random_bytes(source, source() % (i % 10 == 0 ? 50'000 : 300));
    const bool other = source() % 5 == 0;
    lines +=
        R"({"data":")" + base64(data) + "\"" + (other ? R"(,"algorithms":["md5"]})" : "}") + "\n";
    expected.push_back(hex_digest(data, other ? EVP_md5() : EVP_sha256()));
  }
  const auto answer = s.get(
      "/v1/batch", {"-X", "POST", "-T", "-", "-H", "Content-Type: application/x-ndjson"}, lines);
  CHECK(answer.status == 200);
  std::size_t at = 0;
  for (const std::string& digest : expected) {
    at = answer.body.find(digest, at);
    REQUIRE(at != std::string::npos);
  }
}

// A stream that is alone goes by the worker, then with others, then by the worker again.
TEST_CASE("an upload that others join half-way, and leave, has the digest of its bytes") {
  test::service s({"--io-threads=1"});
  std::mt19937_64 source(11);
  const std::string body = random_bytes(source, 24'000'000);
  const std::string text = with_length("/v1/hash", body);
  test::raw_client client(s.port());
  const std::size_t third = text.size() / 3;
  client.send(std::string_view(text).substr(0, third));
  {
    outcome others;
    std::jthread beside([&] { upload(s.port(), 12, 8, others); });
    client.send(std::string_view(text).substr(third, third));
    beside.join();
    CHECK(others.wrong == 0);
  }
  client.send(std::string_view(text).substr(2 * third));
  CHECK(client.answer().find(hex_digest(body, EVP_sha256())) != std::string::npos);
}
