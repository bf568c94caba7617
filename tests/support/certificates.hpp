// A certificate authority of the test's own, made in memory.
#pragma once
#include <string>
#include <vector>

namespace tailrace::test {

// A server's certificate and private key, PEM.
struct identity {
  std::string certificate;
  std::string key;
};

class authority {
 public:
  authority();

  const std::string& certificate() const noexcept { return self_.certificate; }

  // For `names` in the form of OpenSSL's subjectAltName: "DNS:a.example", "IP:127.0.0.1"; valid
  // from `from_days` to `to_days` relative to now.
  identity issue(const std::string& names, int from_days = -1, int to_days = 1) const;

 private:
  identity self_;
};

}  // namespace tailrace::test
