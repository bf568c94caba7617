#include "tests/component/loadtest/scripted_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>

namespace tailrace::test {

namespace asio = boost::asio;
using boost::system::error_code;

scripted_server::scripted_server(script s) : script_(std::move(s)) {
  const asio::ip::tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
  acceptor_.open(any.protocol());
  acceptor_.bind(any);
  acceptor_.listen();
  port_ = acceptor_.local_endpoint().port();
  acceptor_thread_ = std::jthread([this] { accept(); });
}

// Blocking calls of other threads end when their sockets are shut down.
scripted_server::~scripted_server() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (auto& s : sockets_) ::shutdown(s.native_handle(), SHUT_RDWR);
  }
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
  acceptor_thread_.join();
  threads_.clear();
}

void scripted_server::accept() {
  for (;;) {
    error_code ec;
    socket accepted = acceptor_.accept(ec);
    if (ec) return;
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    ++accepted_;
    socket& kept = sockets_.emplace_back(std::move(accepted));
    threads_.emplace_back([this, &kept] { serve(kept); });
  }
}

void scripted_server::serve(socket& s) {
  std::string input;
  for (;;) {
    error_code ec;
    const std::size_t head = asio::read_until(s, asio::dynamic_buffer(input), "\r\n\r\n", ec);
    if (ec) return;
    std::size_t length = 0;
    if (const auto at = input.find("Content-Length: "); at < head) {
      length = std::stoul(input.substr(at + 16));
    }
    if (input.size() < head + length) {
      asio::read(s, asio::dynamic_buffer(input),
                 asio::transfer_exactly(head + length - input.size()), ec);
    }
    if (ec) return;
    const std::string_view all(input);
    const auto answer = script_({requests_++, all.substr(0, head), all.substr(head, length)});
    input.erase(0, head + length);
    if (!answer) continue;
    asio::write(s, asio::buffer(answer->bytes), ec);
    if (ec) return;
    if (answer->close) {
      s.shutdown(socket::shutdown_both, ec);
      return;
    }
  }
}

std::string response_with(std::string_view body, std::string_view headers) {
  std::string text = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return text.append(headers).append("\r\n").append(body);
}

}  // namespace tailrace::test
