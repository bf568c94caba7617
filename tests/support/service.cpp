#include "tests/support/service.hpp"

#include "http/head.hpp"

#include <chrono>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "tests/support/catch.hpp"

namespace tailrace::test {
namespace {

using namespace std::chrono_literals;

// Sanitized builds start slowly; a start that fails ends at once.
constexpr auto start_time = 30s;

// What the series had when `enough` of it, or after 20 s.
template <class Enough>
double wait_until(const service& s, const std::string& series, Enough enough) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  double is = s.metric(series);
  while (!enough(is) && std::chrono::steady_clock::now() < end) is = s.metric(series);
  return is;
}

}  // namespace

std::uint16_t port_in(const std::string& text, const std::string& name) {
  const auto at = text.find(name + "=");
  return at == text.npos
             ? std::uint16_t{0}
             : static_cast<std::uint16_t>(std::stoul(text.substr(at + name.size() + 1)));
}

std::string answer::field(const std::string& name) const {
  std::istringstream lines(head);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": ");
    if (colon == line.npos || !http::equal_ignoring_case(line.substr(0, colon), name)) continue;
    if (line.ends_with('\r')) line.pop_back();
    return line.substr(colon + 2);
  }
  return {};
}

answer curl(std::vector<std::string> arguments, const std::string& input) {
  temporary_folder folder;
  const std::string head = folder.path("head"), body = folder.path("body");
  std::vector<std::string> command{"curl", "--silent", "--max-time", "60",          "--dump-header",
                                   head,   "--output", body,         "--write-out", "%{http_code}"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const finished done = run_command(command, input);
  answer a;
  a.curl = done.status;
  a.status = done.output.empty() ? 0 : std::stoi(done.output);
  a.head = read_text(head);
  a.body = read_text(body);
  // After "100 Continue" or a redirect there are several.
  if (const auto end = a.head.rfind("HTTP/1.1 "); end != a.head.npos) a.head.erase(0, end);
  return a;
}

service::service(std::vector<std::string> flags) {
  const std::string ports = folder_.path("ports");
  std::vector<std::string> command{std::string(TAILRACE_BINARY_DIR) + "/tailrace",
                                   "--listen=127.0.0.1:0",
                                   "--admin-listen=127.0.0.1:0",
                                   "--port-file=" + ports,
                                   "--allow-source-networks=127.0.0.0/8",
                                   "--allowed-source-ports=1-65535"};
  command.insert(command.end(), flags.begin(), flags.end());
  process_ = std::make_unique<test::process>(command, folder_.path("log"));
  const auto end = std::chrono::steady_clock::now() + start_time;
  while (!std::filesystem::exists(ports)) {
    if (process_->wait(5ms) || std::chrono::steady_clock::now() > end)
      throw std::runtime_error("the service did not start: " + output());
  }
  port_ = port_in(read_text(ports), "public");
  admin_port_ = port_in(read_text(ports), "admin");
}

void service::wait_for(const std::string& series, double value) const {
  const double last = wait_until(*this, series, [value](double is) { return is == value; });
  CAPTURE(series);
  REQUIRE(last == value);
}

void service::wait_for_at_least(const std::string& series, double value) const {
  const double last = wait_until(*this, series, [value](double is) { return is >= value; });
  CAPTURE(series);
  REQUIRE(last >= value);
}

std::string failed_start(std::vector<std::string> flags) {
  try {
    const service started(std::move(flags));
    return {};
  } catch (const std::runtime_error& e) {
    return e.what();
  }
}

std::string service::url(const std::string& target) const {
  return "http://127.0.0.1:" + std::to_string(port_) + target;
}

std::string service::admin_url(const std::string& target) const {
  return "http://127.0.0.1:" + std::to_string(admin_port_) + target;
}

answer service::get(const std::string& target, std::vector<std::string> arguments,
                    const std::string& input) const {
  arguments.push_back(url(target));
  return curl(std::move(arguments), input);
}

std::uint64_t service::peak_memory_kib() const {
  const std::string status = read_text("/proc/" + std::to_string(process_->id()) + "/status");
  const auto at = status.find("VmHWM:");
  return at == status.npos ? 0 : std::stoull(status.substr(at + 6));
}

double service::metric(const std::string& series) const {
  const std::string text = "\n" + curl({admin_url("/metrics")}).body;
  const auto at = text.find("\n" + series + " ");
  return at == text.npos ? 0 : std::stod(text.substr(at + series.size() + 2));
}

}  // namespace tailrace::test
