// A body whose sender has said what its digests are: read to its end, it has them or is an error.
#pragma once
#include "compute/hash/hasher.hpp"
#include "http/head.hpp"
#include "io/byte_source.hpp"

#include <memory>
#include <vector>

namespace tailrace::api {

class checked_body final : public io::byte_source {
 public:
  // Null when the fields declare nothing that we can check (RFC 9530: sha-256 and sha-512).
  // bad_request for a Content-Digest that cannot be read.
  static result<std::unique_ptr<checked_body>> make(io::byte_source& body,
                                                    const http::fields& fields);

  // Errors besides the body's: digest_mismatch in place of the end.
  io::awaitable<result<std::size_t>> read_some(std::span<std::byte> room) override;
  std::optional<std::uint64_t> size() const noexcept override { return body_.size(); }

 private:
  checked_body(io::byte_source& body, std::vector<hash::expectation> expected);

  io::byte_source& body_;
  const std::vector<hash::expectation> expected_;
  hash::hasher hasher_;
};

}  // namespace tailrace::api
