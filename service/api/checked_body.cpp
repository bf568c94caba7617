#include "api/checked_body.hpp"

#include "api/digest_source.hpp"
#include "core/hex.hpp"
#include "http/content_digest.hpp"

#include <algorithm>

namespace tailrace::api {
namespace {

hash::algorithm_list algorithms_of(const std::vector<hash::expectation>& expected) {
  hash::algorithm_list all;
  for (const hash::expectation& one : expected)
    if (std::find(all.begin(), all.end(), one.which) == all.end()) all.push_back(one.which);
  return all;
}

}  // namespace

result<std::unique_ptr<checked_body>> checked_body::make(io::byte_source& body,
                                                         const http::fields& fields) {
  const auto declared = http::content_digests(fields);
  if (declared.has_error()) return declared.error();
  std::vector<hash::expectation> expected;
  for (const http::declared_digest& one : *declared) {
    const bool sha256 = one.algorithm == "sha-256";
    if (!sha256 && one.algorithm != "sha-512") continue;
    const auto which = sha256 ? hash::algorithm::sha256 : hash::algorithm::sha512;
    if (one.bytes.size() != hash::size_of(which))
      return error(errc::bad_request, "Content-Digest: a digest of " + one.algorithm + " has " +
                                          std::to_string(hash::size_of(which)) + " bytes");
    std::string hex(2 * one.bytes.size(), '\0');
    write_hex(hex.data(), std::span<const std::byte>(one.bytes));
    expected.push_back({which, std::move(hex)});
  }
  if (expected.empty()) return std::unique_ptr<checked_body>();
  return std::unique_ptr<checked_body>(new checked_body(body, std::move(expected)));
}

checked_body::checked_body(io::byte_source& body, std::vector<hash::expectation> expected)
    : body_(body), expected_(std::move(expected)), hasher_(algorithms_of(expected_)) {}

io::awaitable<result<std::size_t>> checked_body::read_some(std::span<std::byte> room) {
  auto reading = body_.read_some(room);
  const auto n = co_await std::move(reading);
  if (n.has_error()) co_return n;
  if (*n > 0) {
    hasher_.update(room.first(*n));
    co_return n;
  }
  const hash::digest_list got = hasher_.finish();
  for (const hash::expectation& one : expected_)
    if (const auto same = check(one, got); same.has_error()) co_return same.error();
  co_return n;
}

}  // namespace tailrace::api
