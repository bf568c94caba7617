// One connection to an origin: its socket, TLS if the scheme wants it, one deadline and the
// buffer that response heads are received into. Everything on one I/O thread, one operation at a
// time. Operations fail with asio::error::timed_out when the armed deadline passed, with
// operation_aborted when they were called off, and with no other code for those reasons.
#pragma once
#include "fetch/stats.hpp"
#include "fetch/url.hpp"
#include "io/cancellation.hpp"
#include "io/deadline_wheel.hpp"
#include "io/thread.hpp"
#include "io/types.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::fetch {

class connection {
 public:
  // With a socket that is connected.
  connection(io::thread& on, stats& counts, io::tcp_socket connected);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void arm(deadline at) noexcept;

  // Whose fetch it serves from now on; null for nobody's.
  void serve(io::cancellation* whose) noexcept;

  // TLS handshake; succeeds only with a certificate that is valid for the host. `why` says what
  // was wrong with it. Nothing of ours has been sent when it fails.
  io::awaitable<boost::system::error_code> secure(boost::asio::ssl::context& context, const url& to,
                                                  std::string& why);

  io::awaitable<boost::system::error_code> write(std::string_view text);

  // Receives into `room`; 0 without an error is the peer's orderly end: of TLS, with its
  // close_notify; without that the error is ssl::error::stream_truncated.
  io::awaitable<std::size_t> read_some(std::span<std::byte> room, boost::system::error_code& ec);

  // Neither bytes nor an end wait to be received: an idle connection may serve a request. An
  // answer that comes before it was asked for must never be taken for the next one.
  bool quiet() noexcept;

  // For the gauges.
  void set_idle(bool idle) noexcept;

  const io::tcp::endpoint& peer() const noexcept { return peer_; }
  time_point since() const noexcept { return since_; }

  // Received and not yet used; kept here since what follows a head belongs to the body.
  std::vector<char> buffer;
  std::size_t begin = 0;
  std::size_t end = 0;

  std::string_view pending() const noexcept { return {buffer.data() + begin, end - begin}; }

 private:
  struct timer : io::deadline_wheel::entry {
    timer(io::deadline_wheel& wheel, connection& c) noexcept : entry(wheel), owner(c) {}
    void late() noexcept override;
    connection& owner;
    bool fired = false;
  };

  struct call_off : io::cancellation::waiter {
    explicit call_off(connection& c) noexcept : owner(c) {}
    void wake() noexcept override;
    connection& owner;
    bool fired = false;
  };

  void interrupt() noexcept;
  boost::system::error_code interrupted() const noexcept;
  io::awaitable<void> wait_writable(boost::system::error_code& ec);
  void translate(boost::system::error_code& ec) const noexcept;

  stats& counts_;
  const clock& time_;
  const time_point since_;  // when it began
  io::deadline_wheel& wheel_;
  io::tcp_socket socket_;
  std::optional<boost::asio::ssl::stream<io::tcp_socket&>> tls_;
  io::tcp::endpoint peer_;
  bool idle_ = false;
  timer timer_;
  call_off call_off_;
};

}  // namespace tailrace::fetch
