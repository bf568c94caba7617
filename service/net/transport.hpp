// The bytes of a client connection: a socket, under TLS or not. Nothing here waits: what would
// block says so, and what to wait for.
#pragma once
#include "io/types.hpp"
#include "net/tls_session.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <span>

namespace tailrace::net {

class transport {
 public:
  explicit transport(io::stream_socket s);

  // All that is sent and received from now on is under TLS. Throws std::bad_alloc.
  void begin_tls(SSL_CTX& context);
  void end_tls() noexcept { tls_.reset(); }
  tls_session* tls() noexcept { return tls_.get(); }
  const tls_session* tls() const noexcept { return tls_.get(); }

  // How many bytes were received; 0 without an error is the end. would_block: after wanted().
  std::size_t read_now(std::span<std::byte> room, boost::system::error_code& ec) noexcept;

  // Sends of both pieces, in this order, what the kernel takes; would_block only when that is
  // nothing. What was not taken must be offered again.
  std::size_t write_now(std::span<const std::byte> head, std::span<const std::byte> body,
                        boost::system::error_code& ec) noexcept;

  // What to wait for before the operation that would have blocked.
  io::stream_socket::wait_type wanted() const noexcept { return wanted_; }

  // The peer has closed its side, or (`broken` alone) the connection is dead. Sees it behind
  // bytes that have not been read.
  bool ended_by_peer() const noexcept;
  bool broken() const noexcept;

  io::stream_socket& socket() noexcept { return socket_; }

 private:
  std::size_t write_tls(std::span<const std::byte> bytes, boost::system::error_code& ec) noexcept;
  void translate(tls_session::step s, boost::system::error_code& ec) noexcept;
  short events() const noexcept;

  io::stream_socket socket_;
  std::unique_ptr<tls_session> tls_;
  io::stream_socket::wait_type wanted_ = io::stream_socket::wait_read;
};

}  // namespace tailrace::net
