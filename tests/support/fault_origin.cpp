#include "tests/support/fault_origin.hpp"

#include "loadtest/origin/wish.hpp"

#include <chrono>
#include <filesystem>
#include <stdexcept>

#include "tests/support/service.hpp"

namespace tailrace::test {
namespace {

using namespace std::chrono_literals;

constexpr auto start_time = 30s;

}  // namespace

fault_origin::fault_origin(std::vector<std::string> flags, const identity* tls)
    : tls_(tls != nullptr) {
  const std::string ports = folder_.path("ports");
  std::vector<std::string> command{std::string(TAILRACE_BINARY_DIR) + "/tailrace-origin",
                                   "--listen=127.0.0.1:0", "--counters-listen=127.0.0.1:0",
                                   "--port-file=" + ports};
  if (tls_) {
    command.push_back("--tls-certificate=" + folder_.write("certificate", tls->certificate));
    command.push_back("--tls-key=" + folder_.write("key", tls->key));
  }
  command.insert(command.end(), flags.begin(), flags.end());
  process_ = std::make_unique<test::process>(command, folder_.path("log"));
  const auto end = std::chrono::steady_clock::now() + start_time;
  while (!std::filesystem::exists(ports)) {
    if (process_->wait(5ms) || std::chrono::steady_clock::now() > end)
      throw std::runtime_error("tailrace-origin did not start: " + read_text(folder_.path("log")));
  }
  const std::string text = read_text(ports);
  port_ = port_in(text, "port");
  counters_port_ = port_in(text, "counters");
}

std::string fault_origin::url(std::string_view path, std::string_view host) const {
  std::string text = tls_ ? "https://" : "http://";
  return text.append(host).append(":").append(std::to_string(port_)).append(path);
}

std::string fault_origin::escaped_url(std::string_view path, std::string_view host) const {
  return load::faulty::percent_encoded(url(path, host));
}

std::uint64_t fault_origin::counter(const std::string& name) const {
  const std::string json =
      curl({"http://127.0.0.1:" + std::to_string(counters_port_) + "/_counters"}).body;
  const std::string member = "\"" + name + "\":";
  const auto at = json.find(member);
  if (at == json.npos) throw std::runtime_error("no " + name + " in " + json);
  return std::stoull(json.substr(at + member.size()));
}

}  // namespace tailrace::test
