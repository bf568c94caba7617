// Digests against the tools of the distribution, by body, by chunked body and by URL.
#include <cstdint>
#include <fstream>
#include <random>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;

namespace {

std::string random_bytes(std::size_t size) {
  std::mt19937_64 source(size);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(source());
  return bytes;
}

// What a coreutils-like tool says of a file.
std::string by_tool(const std::vector<std::string>& tool, const std::string& file) {
  auto command = tool;
  command.push_back(file);
  const std::string output = test::run_command(command).output;
  return output.substr(0, output.find(' '));
}

const struct {
  const char* algorithm;
  std::vector<std::string> tool;
} algorithms[] = {
    {"sha256", {"sha256sum"}},     {"sha1", {"sha1sum"}}, {"sha384", {"sha384sum"}},
    {"sha512", {"sha512sum"}},     {"md5", {"md5sum"}},   {"blake2b512", {"b2sum"}},
    {"xxh128", {"xxhsum", "-H2"}},
};

std::string all_names() {
  std::string names;
  for (const auto& a : algorithms) names.append(names.empty() ? "" : ",").append(a.algorithm);
  return names;
}

}  // namespace

TEST_CASE("digests equal those of the tools for every size, algorithm and way in") {
  test::service s;
  for (const std::size_t size : {0, 1, 55, 56, 63, 64, 65, 4095, 65536, 10'000'000}) {
    CAPTURE(size);
    const std::string bytes = random_bytes(size);
    const std::string file = s.folder().write("bytes", bytes);
    test::origin origin({test::script().request().send(test::ok(bytes))});
    const std::string target = "/v1/hash?algorithm=" + all_names();
    const test::answer answers[] = {
        s.get(target, {"--data-binary", "@" + file}),
        s.get(target, {"-X", "POST", "-T", "-"}, bytes),
        s.get(target + "&url=" + origin.url("/a")),
    };
    for (const auto& a : answers) {
      CAPTURE(a.head, a.body);
      REQUIRE(a.status == 200);
      CHECK(a.body.find("\"bytes\":" + std::to_string(size) + ",") != std::string::npos);
      for (const auto& each : algorithms) {
        const std::string expected = by_tool(each.tool, file);
        REQUIRE(expected.size() >= 32);
        CHECK(a.body.find("\"" + std::string(each.algorithm) + "\":\"" + expected + "\"") !=
              std::string::npos);
      }
    }
  }
}

TEST_CASE("sha256sum accepts the text form as its own") {
  test::service s({"--local-root=" + std::string(TAILRACE_SOURCE_DIR) + "/config/samples"});
  const auto body = s.get("/v1/hash", {"-H", "Accept: text/plain", "--data-binary", "hello"});
  CHECK(body.body == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  -\n");
  const auto file = s.get("/v1/hash?url=local:///river.jpg", {"-H", "Accept: text/plain"}).body;
  const std::string sums = s.folder().write("sums", file);
  CHECK(file.ends_with("  local:///river.jpg\n"));
}

TEST_CASE("verify passes what matches, whatever other digests are asked for") {
  test::service s;
  const auto a = s.get(
      "/v1/hash?algorithm=md5&"
      "verify=sha256:2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824",
      {"--data-binary", "hello"});
  CHECK(a.status == 200);
  CHECK(a.body.find("5d41402abc4b2a76b9719d911017c592") != std::string::npos);
}

// The file is sparse: what is sent is a gigabyte all the same.
TEST_CASE("a gigabyte is digested in constant memory, as a body and as a source") {
#ifdef TAILRACE_SANITIZED
  const std::uint64_t size = 64'000'000;
#else
  const std::uint64_t size = 1'000'000'000;
#endif
  test::service s({"--local-root=/", "--request-timeout-ms=600000"});
  const std::string file = s.folder().write("large", "");
  REQUIRE(truncate(file.c_str(), static_cast<off_t>(size)) == 0);
  const std::string expected = by_tool({"sha256sum"}, file);
  REQUIRE(s.get("/v1/hash", {"--data-binary", "warm up"}).status == 200);
  const std::uint64_t before = s.peak_memory_kib();
  const auto body = s.get("/v1/hash", {"-X", "POST", "-T", file});
  CHECK(body.body.find(expected) != std::string::npos);
  const auto source = s.get("/v1/hash?url=local://" + file);
  CHECK(source.body.find(expected) != std::string::npos);
  const std::uint64_t growth = s.peak_memory_kib() - before;
  std::printf("peak memory growth over a body and a source of %llu bytes: %llu KiB\n",
              static_cast<unsigned long long>(size), static_cast<unsigned long long>(growth));
#ifndef TAILRACE_SANITIZED
  CHECK(growth < 16 * 1024);
#endif
}

TEST_CASE("a source that leads back to the service is refused, however far the way is round") {
  test::service s;
  const auto via_of = [](const std::string& request) {
    const auto at = request.find("\r\nVia: ") + 2;
    return request.substr(at, request.find("\r\n", at) - at);
  };
  // A proxy that hands on what it is asked, back to where it came from.
  test::origin proxy({test::script().serve([&](const std::string& request) {
    const auto a = s.get("/v1/hash?url=http://127.0.0.1:1/", {"-H", via_of(request)});
    return test::ok(std::to_string(a.status) + a.body);
  })});
  const auto outer = s.get("/v1/hash?url=" + proxy.url("/"), {"-H", "Via: 1.0 other"});
  CHECK(outer.status == 200);
  const std::string via = via_of(proxy.requests().at(0));
  CHECK(via.starts_with("Via: 1.0 other, 1.1 tailrace-"));
  const auto looped = s.get("/v1/hash?url=" + proxy.url("/"), {"-H", via});
  CHECK(looped.status == 403);
  CHECK(looped.body.find("leads back") != looped.body.npos);
}
