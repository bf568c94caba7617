// tailrace-origin as a process of its own, on ports of its own choice: for tests that need many
// connections, or faults on the wire. What it does is asked for by URL, see loadtest/README.md.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/certificates.hpp"
#include "tests/support/process.hpp"

namespace tailrace::test {

class fault_origin {
 public:
  // With an identity it speaks TLS. Throws with its output when it does not come up.
  explicit fault_origin(std::vector<std::string> flags = {}, const identity* tls = nullptr);

  // "http://127.0.0.1:port" + path, or https; with another host if that is given.
  std::string url(std::string_view path, std::string_view host = "127.0.0.1") const;
  // The same, escaped as a parameter of another URL.
  std::string escaped_url(std::string_view path, std::string_view host = "127.0.0.1") const;

  std::uint16_t port() const noexcept { return port_; }
  test::process& process() noexcept { return *process_; }

  // A member of /_counters. Throws when there is none of that name.
  std::uint64_t counter(const std::string& name) const;

 private:
  temporary_folder folder_;
  bool tls_;
  std::unique_ptr<test::process> process_;
  std::uint16_t port_ = 0;
  std::uint16_t counters_port_ = 0;
};

}  // namespace tailrace::test
