// Content-Digest (RFC 9530 §2): what a sender says that the digests of its content are. Pure.
#pragma once
#include "core/error.hpp"
#include "http/head.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tailrace::http {

struct declared_digest {
  std::string algorithm;  // by its key in the registry: sha-256, sha-512, …
  std::vector<std::byte> bytes;
};

// Of all fields of that name, in order. Errors: bad_request for what is no dictionary of byte
// sequences (RFC 8941 §3.2). Parameters are passed over.
result<std::vector<declared_digest>> content_digests(const fields& all);

}  // namespace tailrace::http
