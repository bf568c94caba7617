// One connection of the origin: reads requests, performs the replies. Belongs to one thread.
#pragma once
#include "loadtest/origin/answer.hpp"
#include "loadtest/origin/counters.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace tailrace::load::faulty {

using executor = boost::asio::io_context::executor_type;
using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;
using timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, executor>;
template <class T>
using awaitable = boost::asio::awaitable<T, executor>;

// What every session of a listener is given.
struct service {
  const files& site;
  habits usual;
  bool silent;
  boost::asio::ssl::context* tls;  // null: plain
  counters& counts;                // of the origin
  counters* counted;               // where this listener's sessions count themselves; or null
};

class session {
 public:
  session(tcp_socket socket, const service& s);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  // Ends with the connection.
  awaitable<void> run();
  // Ends it: everything that run() waits for fails.
  void end() noexcept;

 private:
  awaitable<bool> secured();
  awaitable<bool> received_head();
  awaitable<bool> answered();
  awaitable<action> performed(reply& r);
  awaitable<void> wait(std::chrono::nanoseconds pause);
  awaitable<void> wait_for_end();
  awaitable<void> close(action how);
  awaitable<std::size_t> receive();
  awaitable<bool> send(std::string_view bytes);
  reply next_reply();

  tcp_socket socket_;
  std::optional<boost::asio::ssl::stream<tcp_socket&>> tls_;
  timer timer_;
  const service& service_;
  std::string received_;
  std::size_t head_size_ = 0;
  std::vector<char> room_;
  std::minstd_rand luck_;
};

}  // namespace tailrace::load::faulty
