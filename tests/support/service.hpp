// The real binary, listening on ports of its own choice, for tests that speak to it with curl.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace tailrace::test {

struct answer {
  int status = 0;  // of HTTP; 0 when curl got none
  int curl = 0;    // curl's exit status
  std::string head;
  std::string body;

  // The value of a header field, or empty.
  std::string field(const std::string& name) const;
};

class service {
 public:
  // Starts it with loopback as an allowed source and waits until it listens. Throws with its
  // output when it does not come up.
  explicit service(std::vector<std::string> flags = {});

  std::string url(const std::string& target) const;
  std::string admin_url(const std::string& target) const;
  std::uint16_t port() const noexcept { return port_; }
  test::process& process() noexcept { return *process_; }
  std::string output() const { return read_text(folder_.path("log")); }
  const temporary_folder& folder() const noexcept { return folder_; }

  // Sends a request by curl, with `arguments` before the URL and `input` as its standard input.
  answer get(const std::string& target, std::vector<std::string> arguments = {},
             const std::string& input = {}) const;

  // Peak resident memory so far in KiB (VmHWM).
  std::uint64_t peak_memory_kib() const;

  // The value of a metric's series, exactly as it stands in the exposition; 0 when absent.
  double metric(const std::string& series) const;

  // Until it has that value; a failed check after 20 s.
  void wait_for(const std::string& series, double value) const;
  // Until it has that value or a higher one.
  void wait_for_at_least(const std::string& series, double value) const;

 private:
  temporary_folder folder_;
  std::unique_ptr<test::process> process_;
  std::uint16_t port_ = 0;
  std::uint16_t admin_port_ = 0;
};

// The port of that name in a port file; 0 when it is not there.
std::uint16_t port_in(const std::string& text, const std::string& name);

// What a service says that does not start with these flags; empty when it does.
std::string failed_start(std::vector<std::string> flags);

// curl with `arguments`; the head is that of the last response.
answer curl(std::vector<std::string> arguments, const std::string& input = {});

}  // namespace tailrace::test
