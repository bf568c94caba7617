#include "tests/support/dns_server.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sstream>
#include <stdexcept>
#include <string_view>
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

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string value_of(const std::vector<std::string>& list, std::string_view key) {
  for (const auto& each : list)
    if (each.starts_with(key)) return each.substr(key.size());
  return {};
}

unsigned ttl_of(const std::vector<std::string>& list) {
  const std::string text = value_of(list, "ttl=");
  return text.empty() ? 60 : static_cast<unsigned>(std::stoul(text));
}

std::string wire_name(const std::string& name) {
  std::string out;
  std::istringstream labels(name);
  for (std::string label; std::getline(labels, label, '.');)
    out.append(1, static_cast<char>(label.size())).append(label);
  return out.append(1, '\0');
}

// RFC 1035 §3.2.1, of class IN.
std::string record(const std::string& owner, int type, unsigned ttl, const std::string& data) {
  const auto size = static_cast<unsigned>(data.size());
  std::string out = owner;
  for (const unsigned n : {0u, static_cast<unsigned>(type), 0u, 1u, ttl >> 24, ttl >> 16, ttl >> 8,
                           ttl, size >> 8, size})
    out.push_back(static_cast<char>(n & 0xff));
  return out.append(data);
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

unsigned dns_server::queries(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = queries_of_.find(name);
  return found == queries_of_.end() ? 0 : found->second;
}

std::string dns_server::answer(const std::string& query) {
  std::size_t at = header_bytes;
  const std::string name = name_at(query, at);
  {
    const std::lock_guard lock(mutex_);
    ++queries_of_[name];
  }
  const bool v6 = at + 1 < query.size() && query[at + 1] == 28;
  const auto found = names_.find(name);
  const bool exists = found != names_.end();
  if (exists && (found->second.empty() || (v6 && has(found->second, "no-v6")))) return {};
  std::string reply = query.substr(0, at + 4);
  const char code = !exists ? 3 : has(found->second, "broken") ? 2 : 0;
  reply[2] = '\x81';
  reply[3] = static_cast<char>('\x80' | code);
  reply[9] = reply[11] = 0;
  std::string owner("\xc0\x0c", 2);  // the question's name
  if (exists && code == 0) {
    const auto* list = &found->second;
    if (const auto alias = value_of(*list, "alias="); !alias.empty()) {
      reply.append(record(owner, 5, ttl_of(*list), wire_name(alias)));
      ++reply[7];
      owner = wire_name(alias);
      list = &names_.at(alias);
    }
    for (const auto& text : *list) {
      const std::string bytes = packed(text, v6 ? AF_INET6 : AF_INET);
      if (bytes.empty()) continue;
      reply.append(record(owner, v6 ? 28 : 1, ttl_of(*list), bytes));
      ++reply[7];
    }
  }
  return reply;
}

}  // namespace tailrace::test
