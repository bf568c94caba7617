// A certificate authority of the test's own, made in memory.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace tailrace::test {

// A server's certificate, or chain, and its private key, PEM.
struct identity {
  std::string certificate;
  std::string key;
};

class authority {
 public:
  authority();

  const std::string& certificate() const noexcept { return self_.certificate; }

  // Its certificate is signed by this one; without `may_issue` it is none that may sign others.
  authority subordinate(bool may_issue = true) const;

  // For `names` in the form of OpenSSL's subjectAltName: "DNS:a.example", "IP:127.0.0.1"; valid
  // from `from_days` to `to_days` relative to now. `usage` is an extendedKeyUsage, if any.
  identity issue(const std::string& names, int from_days = -1, int to_days = 1,
                 const std::string& usage = {}) const;

 private:
  explicit authority(identity self) : self_(std::move(self)) {}

  identity self_;
};

// Vouched for by nobody but itself.
identity self_signed(const std::string& names);

}  // namespace tailrace::test
