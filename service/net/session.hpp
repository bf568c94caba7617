// One client connection: receives requests one after the other, has each answered by the handler,
// sends the answers in order. Lives on one I/O thread.
#pragma once
#include "http/framing.hpp"
#include "http/head_scanner.hpp"
#include "io/exchange.hpp"
#include "io/gate.hpp"
#include "net/chunked_answer.hpp"
#include "net/connection.hpp"
#include "net/greeting.hpp"
#include "net/request_body.hpp"
#include "net/session_host.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace tailrace::net {

class session : public session_host::member {
 public:
  session(session_host& host, io::stream_socket socket);
  ~session();

  // Serves until the connection ends; never throws. `self` keeps the session alive meanwhile.
  static io::awaitable<void> run(std::unique_ptr<session> self);

  // Lets the request under way finish and ends the connection then, soon if it is idle.
  void drain() noexcept override;
  // Calls off what is under way; what waits is ended by the wheel.
  void cut() noexcept override;

 private:
  // Looks now and then whether the client of a request under way is still there.
  struct watch : io::deadline_wheel::entry {
    watch(io::deadline_wheel& wheel, session& s) noexcept : entry(wheel), owner(s) {}
    void late() noexcept override { owner.look_for_client(); }
    session& owner;
  };

  // What one request after the other is received into and served from; given up while the
  // connection rests, since most connections do most of the time.
  struct work {
    explicit work(session& s);

    request_body body;
    chunked_answer stream;
    io::exchange exchange;
    http::head_scanner scanner;
    http::framing framing;
    session::watch watch;
    std::string head_bytes;              // the head being served: views in the exchange point here
    std::string out;                     // head of the answer, with its body when that is small …
    std::span<const std::byte> content;  // … and otherwise the body …
    std::size_t out_sent = 0;            // … and how much of both is sent
  };

  // What becomes of the connection.
  enum class next : std::uint8_t { receive, serve, refuse, end };

  io::awaitable<next> begin();
  void await_request();
  void set_busy(bool busy);
  next take_head();
  next received(std::size_t n, const boost::system::error_code& ec);
  bool understand();
  void start_exchange();
  bool answer_at_once();
  io::awaitable<void> answer();
  void settle(bool failed);
  bool send_at_once();
  io::awaitable<void> send_rest();
  io::awaitable<void> end_stream();
  void finish();
  void refuse(const error& why);
  void look_for_client() noexcept;
  io::awaitable<void> skip_body();
  io::awaitable<void> end();
  io::awaitable<void> linger();

  io::gate::pass inside_;  // the thread ends only when no session is left
  session_host& host_;
  connection connection_;
  client_identity client_;
  admission::client_limit::permit permit_;
  std::unique_ptr<work> work_;         // null when nothing has come for a while
  bool busy_ = false;                  // a request is being received or served
  bool keep_ = false;                  // the connection may carry another request
  bool unread_ = false;                // it ended with input left: close gently
  bool sent_ = false;                  // the last answer went out whole
  std::uint64_t received_before_ = 0;  // by earlier requests
  std::uint64_t sent_before_ = 0;
  unsigned served_ = 0;
  unsigned served_without_waiting_ = 0;
};

}  // namespace tailrace::net
