#include "compute/hash/hasher.hpp"

#include "core/hex.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>
#include <string>

namespace tailrace::hash {
namespace {

// EVP_sha256() and friends look their implementation up on every init; fetched once, they do not
// (OpenSSL 3, crypto(7), "Explicit fetching").
struct fetched {
  fetched() {
    static constexpr std::array<const char*, 6> evp_names{"SHA2-256", "SHA1", "SHA2-384",
                                                          "SHA2-512", "MD5",  "BLAKE2B-512"};
    for (std::size_t i = 0; i < evp_names.size(); ++i)
      methods[i].reset(EVP_MD_fetch(nullptr, evp_names[i], nullptr));
  }
  struct free {
    void operator()(EVP_MD* m) const noexcept { EVP_MD_free(m); }
  };
  std::array<std::unique_ptr<EVP_MD, free>, 6> methods;
};

const EVP_MD* method_of(algorithm a) {
  static const fetched all;
  const EVP_MD* m = all.methods[static_cast<std::size_t>(a)].get();
  if (m == nullptr) throw std::runtime_error("OpenSSL does not offer " + std::string(name_of(a)));
  return m;
}

}  // namespace

digest_list digests_of(const sha256::digest& digest) {
  digest_list all;
  all.emplace_back().which = algorithm::sha256;
  write_hex(all.back().digits.data(), std::span<const unsigned char>(digest));
  return all;
}

void hasher::xxh_free::operator()(XXH3_state_t* s) const noexcept {
  XXH3_freeState(s);
}

hasher::hasher(std::span<const algorithm> algorithms) {
  parts_.reserve(algorithms.size());
  for (const algorithm a : algorithms) {
    part p{a, std::nullopt, nullptr, nullptr};
    if (a == algorithm::sha256) {
      p.sha.emplace();
    } else if (a == algorithm::xxh128) {
      p.xxh.reset(XXH3_createState());
    } else {
      p.evp.reset(EVP_MD_CTX_new());
    }
    if (!p.sha && !p.xxh && !p.evp) throw std::bad_alloc();
    parts_.push_back(std::move(p));
  }
  reset();
}

void hasher::reset() {
  for (part& p : parts_) {
    if (p.sha) {
      p.sha->reset();
    } else if (p.xxh) {
      XXH3_128bits_reset(p.xxh.get());
    } else if (EVP_DigestInit_ex2(p.evp.get(), method_of(p.which), nullptr) != 1) {
      throw std::runtime_error("cannot start " + std::string(name_of(p.which)));
    }
  }
}

void hasher::update(std::span<const std::byte> piece) {
  for (part& p : parts_) {
    if (p.sha) {
      p.sha->update(piece);
    } else if (p.xxh) {
      XXH3_128bits_update(p.xxh.get(), piece.data(), piece.size());
    } else if (EVP_DigestUpdate(p.evp.get(), piece.data(), piece.size()) != 1) {
      throw std::runtime_error("cannot digest by " + std::string(name_of(p.which)));
    }
  }
}

sha256* hasher::only_sha256() noexcept {
  return parts_.size() == 1 && parts_[0].sha ? &*parts_[0].sha : nullptr;
}

digest_list hasher::finish() {
  digest_list all;
  for (part& p : parts_) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
    if (p.sha) {
      const auto digest = p.sha->finish();
      std::copy(digest.begin(), digest.end(), raw.begin());
    } else if (p.xxh) {
      XXH128_canonical_t canonical;
      XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(p.xxh.get()));
      std::copy(std::begin(canonical.digest), std::end(canonical.digest), raw.begin());
    } else {
      if (EVP_DigestFinal_ex(p.evp.get(), raw.data(), nullptr) != 1)
        throw std::runtime_error("cannot finish " + std::string(name_of(p.which)));
    }
    all.emplace_back().which = p.which;
    write_hex(all.back().digits.data(),
              std::span<const unsigned char>(raw).first(size_of(p.which)));
  }
  return all;
}

}  // namespace tailrace::hash
