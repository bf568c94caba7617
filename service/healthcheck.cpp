#include "healthcheck.hpp"

#include "core/settings_loader.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace tailrace {
namespace {

using moment = std::chrono::steady_clock::time_point;

class socket_handle {
 public:
  explicit socket_handle(int family)
      : fd_(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}
  socket_handle(const socket_handle&) = delete;
  socket_handle& operator=(const socket_handle&) = delete;
  ~socket_handle() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

struct endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

std::string port_from_file(const std::string& path) {
  std::istringstream lines(read_file(path).value_or(""));
  constexpr std::string_view key = "admin=";
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(key)) return line.substr(key.size());
  return "0";
}

// A wildcard address cannot be connected to: the loopback one of its family is meant.
endpoint endpoint_of(const settings& of) {
  endpoint out;
  const auto colon = of.admin_listen.rfind(':');
  auto host = of.admin_listen.substr(0, colon);
  auto port_text = of.admin_listen.substr(colon + 1);
  if (port_text == "0" && !of.port_file.empty()) port_text = port_from_file(of.port_file);
  std::uint16_t port = 0;
  std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (host.starts_with('[')) {
    host = host.substr(1, host.size() - 2);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    ::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr);
    if (IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr)) v6.sin6_addr = in6addr_loopback;
    std::memcpy(&out.address, &v6, out.size = sizeof v6);
  } else {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    ::inet_pton(AF_INET, host.c_str(), &v4.sin_addr);
    if (v4.sin_addr.s_addr == htonl(INADDR_ANY)) v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::memcpy(&out.address, &v4, out.size = sizeof v4);
  }
  return out;
}

bool wait_for(int fd, short event, moment until) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd each{fd, event, 0};
    const int ready = ::poll(&each, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

// Null when the answer is 200, else why not.
const char* ask(const endpoint& where, moment until) {
  const socket_handle s(where.address.ss_family);
  if (s.get() < 0) return "no socket";
  const auto address = reinterpret_cast<const sockaddr*>(&where.address);
  if (::connect(s.get(), address, where.size) != 0) {
    if (errno != EINPROGRESS) return "cannot connect";
    if (!wait_for(s.get(), POLLOUT, until)) return "connecting took too long";
    int failure = 0;
    socklen_t size = sizeof failure;
    ::getsockopt(s.get(), SOL_SOCKET, SO_ERROR, &failure, &size);
    if (failure != 0) return "cannot connect";
  }
  // Fits any socket buffer: one send is all of it.
  constexpr std::string_view request =
      "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (::send(s.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    return "cannot send";
  constexpr std::string_view good = "HTTP/1.1 200";
  std::string answer;
  while (answer.size() < good.size()) {
    std::array<char, 64> room;
    if (!wait_for(s.get(), POLLIN, until)) return "no answer in time";
    const auto n = ::recv(s.get(), room.data(), room.size(), 0);
    if (n == 0) return "the connection was closed";
    if (n < 0 && errno != EAGAIN && errno != EINTR) return "the connection broke";
    if (n > 0) answer.append(room.data(), static_cast<std::size_t>(n));
  }
  return answer.starts_with(good) ? nullptr : "the answer is not 200";
}

}  // namespace

int healthcheck(const settings& of) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  const auto failure = ask(endpoint_of(of), until);
  if (failure == nullptr) return 0;
  std::fprintf(stderr, "tailrace: healthcheck of %s: %s\n", of.admin_listen.c_str(), failure);
  return 1;
}

}  // namespace tailrace
