// A listener on a loopback address that completes no connection: its queue is full, so that the
// kernel drops what comes, as a dead host or a firewall does.
#pragma once
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace tailrace::test {

class black_hole {
 public:
  // Port 0 takes any.
  explicit black_hole(const char* address, std::uint16_t port = 0) {
    const boost::asio::ip::tcp::endpoint at(boost::asio::ip::make_address(address), port);
    const int listener = opened(at);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(listener, at.data(), static_cast<socklen_t>(at.size())) != 0 ||
        ::listen(listener, 0) != 0)
      throw std::runtime_error("black hole: cannot listen");
    endpoint_ = at;
    socklen_t size = static_cast<socklen_t>(endpoint_.capacity());
    ::getsockname(listener, endpoint_.data(), &size);
    while (connects()) {
      if (sockets_.size() > 16) throw std::runtime_error("black hole: its queue has no end");
    }
  }
  ~black_hole() {
    for (const int fd : sockets_) ::close(fd);
  }
  black_hole(const black_hole&) = delete;
  black_hole& operator=(const black_hole&) = delete;

  const boost::asio::ip::tcp::endpoint& endpoint() const noexcept { return endpoint_; }

 private:
  int opened(const boost::asio::ip::tcp::endpoint& like) {
    const int fd = ::socket(like.data()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::runtime_error("black hole: no socket");
    sockets_.push_back(fd);
    return fd;
  }

  bool connects() {
    const int fd = opened(endpoint_);
    ::connect(fd, endpoint_.data(), static_cast<socklen_t>(endpoint_.size()));
    pollfd waiting{fd, POLLOUT, 0};
    return ::poll(&waiting, 1, 100) == 1;
  }

  boost::asio::ip::tcp::endpoint endpoint_;
  std::vector<int> sockets_;
};

}  // namespace tailrace::test
