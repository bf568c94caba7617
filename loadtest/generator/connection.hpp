// One connection to the server under test, carrying at most one request at a time: connects when
// needed, writes, reads the whole response, and reports what became of it. It has no timer; its
// owner calls expire(). Whole responses are judged by what their kind expects. Every call and
// callback happens on the thread that runs `context`.
#pragma once
#include "loadtest/generator/outcome.hpp"
#include "loadtest/generator/response_reader.hpp"
#include "loadtest/generator/target.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tailrace::load {

class connection {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;
  using endpoint = boost::asio::ip::tcp::endpoint;

  struct observer {
    virtual ~observer() = default;
    // A request ended; the connection is free for the next one already.
    virtual void on_outcome(connection& c, const outcome& o) = 0;
    // The attempt of warm_up() ended, well or not.
    virtual void on_warm(connection& c) = 0;
  };

  // `scratch` is what responses are read into: shared by all connections of a thread, so that an
  // idle one costs no buffer. All arguments must outlive the connection.
  connection(boost::asio::io_context& context, const endpoint& server, const target& requests,
             std::span<char> scratch, observer& watcher);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  // Connects ahead of the first request.
  void warm_up();

  // Sends the request; never calls the observer before it returns.
  void start(const ticket& t, time_point now, bool queued);

  // Gives up an attempt that began more than `limit` ago.
  void expire(time_point now, duration limit);

  time_point idle_since() const noexcept { return idle_since_; }

 private:
  using socket_type = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                       boost::asio::io_context::executor_type>;
  // What the attempt is for.
  enum class state : std::uint8_t { idle, warming, requesting };

  void connect();
  void connected(const boost::system::error_code& ec);
  void flush();
  void watch();
  void readable();
  void finish(ending how, time_point now);
  std::size_t request_bytes() const noexcept { return head_.size() + message_->body.size(); }
  void close();

  socket_type socket_;
  const endpoint& server_;
  const target& requests_;
  std::span<char> scratch_;
  observer& observer_;

  response_reader reader_;
  outcome outcome_;
  const message* message_ = nullptr;
  std::string_view head_;
  std::string numbered_head_;  // what head_ points into when the request has a running number
  std::size_t written_ = 0;
  state state_ = state::idle;
  bool connected_ = false;
  time_point idle_since_{};
  // Handlers of a socket that was closed meanwhile carry an older number and do nothing.
  std::uint64_t generation_ = 0;
};

}  // namespace tailrace::load
