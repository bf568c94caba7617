#include "tests/support/dns_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace tailrace::test {
namespace {

constexpr std::size_t header_bytes = 12;

// RFC 1035 §4.1.2, the question's name with dots; `at` moves behind it.
std::string name_at(const std::string& message, std::size_t& at) {
  std::string name;
  while (at < message.size() && message[at] != 0) {
    const auto n = static_cast<unsigned char>(message[at]);
    if (!name.empty()) name.push_back('.');
    name.append(message, at + 1, n);
    at += n + 1u;
  }
  ++at;
  return name;
}

std::string packed(const std::string& address, int family) {
  char bytes[16];
  if (::inet_pton(family, address.c_str(), bytes) != 1) return {};
  return std::string(bytes, family == AF_INET ? 4 : 16);
}

}  // namespace

dns_server::dns_server(table names) : names_(std::move(names)) {
  socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* address = reinterpret_cast<sockaddr*>(&at);
  const timeval limit{0, 20000};
  if (::bind(socket_, address, size) != 0 || ::getsockname(socket_, address, &size) != 0 ||
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0)
    throw std::runtime_error("the test's name server cannot listen");
  port_ = ntohs(at.sin_port);
  thread_ = std::thread([this] { serve(); });
}

dns_server::~dns_server() {
  stop_ = true;
  thread_.join();
  ::close(socket_);
}

std::string dns_server::address() const {
  return "127.0.0.1:" + std::to_string(port_);
}

void dns_server::serve() {
  while (!stop_) {
    char bytes[512];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    auto* address = reinterpret_cast<sockaddr*>(&from);
    const auto n = ::recvfrom(socket_, bytes, sizeof bytes, 0, address, &size);
    if (n < static_cast<long>(header_bytes)) continue;
    ++queries_;
    const std::string reply = answer(std::string(bytes, static_cast<std::size_t>(n)));
    if (!reply.empty()) ::sendto(socket_, reply.data(), reply.size(), 0, address, size);
  }
}

std::string dns_server::answer(const std::string& query) const {
  std::size_t at = header_bytes;
  const auto found = names_.find(name_at(query, at));
  if (found != names_.end() && found->second.empty()) return {};
  const bool v6 = at + 1 < query.size() && query[at + 1] == 28;
  std::string records;
  char count = 0;
  for (const auto& text : found == names_.end() ? std::vector<std::string>() : found->second) {
    const std::string bytes = packed(text, v6 ? AF_INET6 : AF_INET);
    if (bytes.empty()) continue;
    records.append("\xc0\x0c", 2);  // the question's name
    records.append({'\0', v6 ? '\x1c' : '\x01', '\0', '\x01', '\0', '\0', '\0', '\x3c', '\0'});
    records.push_back(static_cast<char>(bytes.size()));
    records.append(bytes);
    ++count;
  }
  std::string reply = query.substr(0, at + 4);
  reply[2] = '\x81';
  reply[3] = found == names_.end() ? '\x83' : '\x80';  // NXDOMAIN or no error
  reply[7] = count;
  reply[9] = reply[11] = 0;
  return reply.append(records);
}

}  // namespace tailrace::test
