// A server on a loopback port of its own that answers by script, so that a client can be shown
// every way in which an answer goes wrong. One thread for each connection, blocking.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace tailrace::test {

class scripted_server {
 public:
  struct reply {
    std::string bytes;
    bool close = false;
  };
  struct request {
    std::size_t number;  // counted over all connections
    std::string_view head;
    std::string_view body;
  };
  // No reply means that there never will be one. May block; called from several threads.
  using script = std::function<std::optional<reply>(const request&)>;

  explicit scripted_server(script s);
  ~scripted_server();
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;

  unsigned short port() const { return port_; }
  std::size_t connections() const { return accepted_; }

 private:
  using socket = boost::asio::ip::tcp::socket;
  void accept();
  void serve(socket& s);

  script script_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_{context_};
  unsigned short port_ = 0;
  std::atomic<std::size_t> requests_{0};
  std::atomic<std::size_t> accepted_{0};
  std::mutex mutex_;
  std::list<socket> sockets_;
  std::list<std::jthread> threads_;
  bool ending_ = false;
  std::jthread acceptor_thread_;
};

// A complete response with that body.
std::string response_with(std::string_view body, std::string_view headers = "");

}  // namespace tailrace::test
