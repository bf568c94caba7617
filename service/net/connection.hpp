// A client's connection with its receive buffer and its one deadline. Reads and writes are tried
// at once and wait only when they would block. A busy connection waits with its buffer, which
// costs least; after some idle time it gives the buffer back and waits for readiness.
#pragma once
#include "core/rate_credit.hpp"
#include "io/buffer_pool.hpp"
#include "io/deadline_wheel.hpp"
#include "io/types.hpp"
#include "net/transport.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tailrace::net {

class connection {
 public:
  connection(io::stream_socket socket, io::deadline_wheel& wheel, io::buffer_pool& buffers);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  // Until re-armed, waits that are under way or begin after `at` fail, and late() is true.
  void arm(deadline at) noexcept {
    until_ = at;
    timer_.fired = false;
    timer_.arm(at);
  }
  void disarm() noexcept {
    until_ = deadline{};
    timer_.disarm();
  }
  bool late() const noexcept { return timer_.fired; }
  // As if the deadline had passed now.
  void expire() noexcept {
    until_ = deadline(now());
    timer_.late();
  }
  time_point now() const noexcept { return wheel_.now(); }
  deadline armed_until() const noexcept { return until_; }

  // Received and not yet consumed.
  std::string_view pending() const noexcept;

  // Something is pending, or waits to be received.
  bool holds_input() noexcept;
  void consume(std::size_t n) noexcept;

  // Waits for bytes and receives them behind pending(). Returns how many; 0 at the peer's end of
  // stream, or when resting() says that nothing came for a while. The buffer must not be full.
  io::awaitable<std::size_t> fill(boost::system::error_code& ec);

  // Instead of holding a buffer any longer, whoever waits should let go of what can be had again,
  // and rest(): that gives the buffer back and waits until fill() has something to do.
  bool resting() const noexcept { return resting_; }
  io::awaitable<void> rest(boost::system::error_code& ec);

  // Waits for bytes and copies them without receiving them; for what comes before the first fill().
  io::awaitable<std::size_t> peek(std::span<char> room, boost::system::error_code& ec);
  // Receives and forgets `n` bytes that peek() has shown.
  void discard(std::size_t n) noexcept;

  // The server's side of a TLS handshake. An error leaves the connection of no use, except that
  // met_plain_http() may say that it is worth an answer without TLS.
  io::awaitable<void> secure(SSL_CTX& context, boost::system::error_code& ec);
  bool met_plain_http() noexcept;
  bool resumed_tls() const noexcept {
    return transport_.tls() != nullptr && transport_.tls()->resumed();
  }

  // Room for fill(): 0 when what is pending is as large as a buffer.
  std::size_t room() const noexcept;

  // Receives straight into `room`, once pending() is used up; 0 at the end of stream.
  io::awaitable<std::size_t> read_some(std::span<std::byte> room, boost::system::error_code& ec);

  // Sends both pieces (the second may be empty) at no less than `rate`, of which it spends,
  // whatever the deadline: may go on beside a read.
  io::awaitable<void> write(std::string_view head, std::span<const std::byte> body,
                            rate_credit& rate, boost::system::error_code& ec);

  // Sends what the kernel takes without waiting and returns how many bytes; the rest is for
  // write().
  std::size_t write_now(std::string_view head, std::span<const std::byte> body,
                        boost::system::error_code& ec) noexcept;

  // Tells the peer that nothing more will be sent: under TLS by close_notify, and the socket's way
  // unless `tls_only`.
  void shutdown_send(bool tls_only = false) noexcept;

  std::uint64_t received() const noexcept { return received_; }
  std::uint64_t sent() const noexcept { return sent_; }
  net::transport& transport() noexcept { return transport_; }

 private:
  struct timer : io::deadline_wheel::entry {
    explicit timer(connection& c) noexcept : entry(c.wheel_), owner(c) {}
    void late() noexcept override {
      fired = true;
      owner.interrupt();
    }
    connection& owner;
    bool fired = false;
  };

  void interrupt() noexcept;
  // A wait ended because of somebody else's deadline: reading and writing have one each.
  bool disturbed(const boost::system::error_code& ec) const noexcept;
  std::size_t read_now(std::span<std::byte> room, boost::system::error_code& ec) noexcept;
  io::awaitable<std::size_t> read_waiting(std::span<std::byte> room, boost::system::error_code& ec);
  io::awaitable<void> wait(io::stream_socket::wait_type what, boost::system::error_code& ec);
  io::awaitable<std::size_t> fill_tls(boost::system::error_code& ec);
  void release_buffer();
  std::span<std::byte> prepare_room();
  bool may_hold_buffer() const noexcept;

  net::transport transport_;
  io::deadline_wheel& wheel_;
  io::buffer_pool& buffers_;
  io::buffer_pool::buffer buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool resting_ = false;
  bool readable_ = false;  // rest() ended because something came
  std::size_t burst_ = 0;  // received since it last waited
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  deadline until_;  // what arm() was given; the timer may be set earlier, to give the buffer back
  timer timer_;
};

}  // namespace tailrace::net
