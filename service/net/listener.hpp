// Accepts connections on one I/O thread. With SO_REUSEPORT every thread has a listener on the
// same port and the kernel spreads connections over them; a Unix socket they share.
#pragma once
#include "core/error.hpp"
#include "io/gate.hpp"
#include "io/types.hpp"
#include "net/listen_address.hpp"
#include "net/session_host.hpp"

#include <cstdint>

namespace tailrace::net {

class listener {
 public:
  // While `connections_max` are open, over all threads, accepting pauses.
  listener(session_host& host, std::uint64_t connections_max);

  // Binds and listens, so that connections queue from now on; port 0 takes any.
  result<void> bind(const listen_address& at, bool reuse_port);
  // Accepts from the socket that `other` has bound.
  result<void> share(listener& other);
  io::stream_protocol::endpoint local() const;

  // Accepts until drain(). On the host's thread, as everything below.
  void start();

  // Takes what the kernel has queued already (with SO_REUSEPORT closing would reset it), then
  // stops listening.
  void drain();

 private:
  io::awaitable<void> run(io::gate::pass inside);
  bool start(io::stream_socket socket) noexcept;
  io::awaitable<void> pause();

  session_host& host_;
  const std::uint64_t connections_max_;
  io::stream_acceptor acceptor_;
  io::timer pause_;
  bool draining_ = false;
};

}  // namespace tailrace::net
