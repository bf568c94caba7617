// A client that sends bytes as they are, for requests that no library would send.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::test {

// "GET <target> HTTP/1.1" with a Host; `fields` are whole lines.
inline std::string get(const std::string& target, const std::string& fields = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

class raw_client {
 public:
  // Connects to 127.0.0.1, from another address of loopback if that is given; every wait below ends
  // after 10 s, with what came until then.
  explicit raw_client(std::uint16_t port, const char* from = "127.0.0.1");
  // Connects to a Unix socket.
  explicit raw_client(const std::string& path);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  // False when the peer no longer takes it.
  bool send(std::string_view bytes);
  // No more will be sent.
  void end();
  // Closes with a reset.
  void reset();

  // Reads one answer: head, and a body by its Content-Length. `without_body` for HEAD.
  std::string answer(bool without_body = false);
  // Everything until the peer closes.
  std::string rest();
  // The peer ended the connection with a reset.
  bool was_reset() const noexcept { return was_reset_; }

 private:
  bool receive();

  int socket_;
  bool was_reset_ = false;
  std::string received_;
};

}  // namespace tailrace::test
