// Digests of one message, any number of algorithms in one pass over its bytes. Constant memory at
// any size. OpenSSL for the cryptographic ones, xxHash for xxh128.
#pragma once
#include "compute/hash/algorithm.hpp"
#include "compute/hash/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

typedef struct XXH3_state_s XXH3_state_t;

namespace tailrace::hash {

struct digest {
  algorithm which = algorithm::sha256;
  std::array<char, 2 * EVP_MAX_MD_SIZE> digits{};

  // Lower case.
  std::string_view hex() const noexcept { return {digits.data(), 2 * size_of(which)}; }
};
using digest_list = boost::container::static_vector<digest, algorithm_names.size()>;

// Of a message that was digested by SHA-256 alone, elsewhere.
digest_list digests_of(const sha256::digest& digest);

class hasher {
 public:
  explicit hasher(std::span<const algorithm> algorithms);

  // Starts a new message with the same algorithms, keeping the memory.
  void reset();

  // May be called from any thread, one at a time.
  void update(std::span<const std::byte> piece);

  // What digests the message when sha256 is all that was asked for, otherwise null: its bytes may
  // be hashed together with other messages' instead of by update().
  sha256* only_sha256() noexcept;

  // The digests in the order of the algorithms; reset() comes before the next message.
  digest_list finish();

 private:
  struct evp_free {
    void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
  };
  struct xxh_free {
    void operator()(XXH3_state_t* s) const noexcept;
  };
  struct part {
    algorithm which;
    // One of them.
    std::optional<sha256> sha;
    std::unique_ptr<XXH3_state_t, xxh_free> xxh;
    std::unique_ptr<EVP_MD_CTX, evp_free> evp;
  };

  std::vector<part> parts_;
};

}  // namespace tailrace::hash
