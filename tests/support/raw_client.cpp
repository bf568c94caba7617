#include "tests/support/raw_client.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace tailrace::test {

namespace {

void bound_waits(int socket) {
  const timeval most{10, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
}

sockaddr_in loopback(const char* address, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  inet_pton(AF_INET, address, &out.sin_addr);
  return out;
}

}  // namespace

raw_client::raw_client(std::uint16_t port, const char* from)
    : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  const sockaddr_in to = loopback("127.0.0.1", port), here = loopback(from, 0);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bound_waits(socket_);
  if (bind(socket_, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 ||
      connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("cannot connect");
}

raw_client::raw_client(const std::string& path) : socket_(socket(AF_UNIX, SOCK_STREAM, 0)) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  path.copy(to.sun_path, sizeof to.sun_path - 1);
  bound_waits(socket_);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("cannot connect to " + path);
}

raw_client::~raw_client() {
  if (socket_ >= 0) close(socket_);
}

bool raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void raw_client::end() {
  shutdown(socket_, SHUT_WR);
}

void raw_client::reset() {
  const linger now{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(std::exchange(socket_, -1));
}

bool raw_client::receive() {
  std::array<char, 65536> room;
  const ssize_t n = recv(socket_, room.data(), room.size(), 0);
  was_reset_ = n < 0 && errno == ECONNRESET;
  if (n > 0) received_.append(room.data(), static_cast<std::size_t>(n));
  return n > 0;
}

std::string raw_client::answer(bool without_body) {
  std::size_t head = 0;
  while ((head = received_.find("\r\n\r\n")) == std::string::npos)
    if (!receive()) return std::exchange(received_, {});
  std::size_t size = head + 4;
  const auto length = received_.find("Content-Length: ");
  if (!without_body && length < head) size += std::stoull(received_.substr(length + 16));
  while (received_.size() < size && receive()) {
  }
  std::string whole = received_.substr(0, size);
  received_.erase(0, size);
  return whole;
}

std::string raw_client::rest() {
  while (receive()) {
  }
  return std::exchange(received_, {});
}

}  // namespace tailrace::test
