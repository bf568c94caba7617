// A scripted origin on 127.0.0.1: what each connection gets is given as raw bytes, so that it can
// break any rule. Blocking sockets, one thread per connection; every wait is bounded, and the
// destructor ends them all.
//
//   test::origin origin({test::script().request().send(test::ok("hello"))});
//   ... fetch origin.url("/a") ...
//   CHECK(origin.requests().at(0).starts_with("GET /a "));
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/certificates.hpp"

namespace tailrace::test {

// Steps in order; behind the last one the connection is closed in an orderly way.
class script {
 public:
  enum class kind : std::uint8_t { request, send, reach, flood, trickle, serve, stall, reset, cut };
  struct step {
    kind what;
    std::string bytes;
    std::function<std::string(const std::string&)> answer;
    std::chrono::milliseconds pause;
  };

  // Waits for a request: everything up to its empty line.
  script& request();
  script& send(std::string bytes);
  // Sends `bytes` again and again until the client closes.
  script& flood(std::string bytes);
  // The same with a pause behind each.
  script& trickle(std::string bytes, std::chrono::milliseconds pause);
  // Calls `then`: all before it has been sent.
  script& reach(std::function<void()> then);
  // Answers every request until the client closes; `answer` gets the request, head and all. An
  // empty answer closes.
  script& serve(std::function<std::string(const std::string&)> answer);
  // Does nothing until the client closes.
  script& stall();
  // Closes with a reset.
  script& reset();
  // Closes the TCP connection without TLS's close_notify.
  script& cut();

  const std::vector<step>& steps() const noexcept { return steps_; }

 private:
  std::vector<step> steps_;
};

class origin {
 public:
  // The first connection gets the first script and so on; those beyond get the last one again.
  // With an identity, which is copied, it speaks TLS.
  explicit origin(std::vector<script> scripts, const identity* tls = nullptr);
  ~origin();
  origin(const origin&) = delete;
  origin& operator=(const origin&) = delete;

  // Connections from now on meet this identity, and a server that knows none of its sessions.
  void become(const identity& other);

  std::uint16_t port() const noexcept;
  // "http://127.0.0.1:port" + path, or https; with another host if that is given.
  std::string url(std::string_view path, std::string_view host = "127.0.0.1") const;

  // So far: connections accepted, requests received, names asked for by SNI. Any thread.
  unsigned connections() const;
  std::vector<std::string> requests() const;
  std::vector<std::string> server_names() const;

 private:
  class server;
  std::unique_ptr<server> server_;
};

// "HTTP/1.1 200 OK" with Content-Length and this body; `fields` are whole lines with CRLF.
std::string ok(std::string_view body, std::string_view fields = "");

// Any status, with "Content-Length: 0".
std::string status(int code, std::string_view fields = "");

}  // namespace tailrace::test
