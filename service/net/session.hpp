// One client connection: receives requests one after the other, has each answered by the handler,
// sends the answers in order. Lives on one I/O thread.
#pragma once
#include "http/framing.hpp"
#include "http/head_scanner.hpp"
#include "io/exchange.hpp"
#include "io/gate.hpp"
#include "net/connection.hpp"
#include "net/request_body.hpp"
#include "net/session_host.hpp"

#include <memory>
#include <optional>
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
  // Says that nobody waits for the answer any more; what waits is ended by the wheel.
  void cut() noexcept override;

 private:
  // Looks now and then whether the client of a request under way is still there.
  struct watch : io::deadline_wheel::entry {
    watch(io::deadline_wheel& wheel, session& s) noexcept : entry(wheel), owner(s) {}
    void late() noexcept override { owner.look_for_client(); }
    session& owner;
  };

  io::awaitable<void> serve();
  io::awaitable<bool> begin();
  io::awaitable<bool> learn_client();
  bool admit_client();
  io::awaitable<bool> secure();
  void look_for_client() noexcept;
  void identify_client();
  io::awaitable<bool> receive_head();
  io::awaitable<void> serve_one();
  io::awaitable<void> answer();
  io::awaitable<void> send_answer();
  void finish();
  void release_memory();
  io::awaitable<void> skip_body();
  io::awaitable<void> linger();
  io::awaitable<void> refuse(const error& why);

  io::gate::pass inside_;  // the thread ends only when no session is left
  session_host& host_;
  connection connection_;
  request_body body_;
  io::exchange exchange_;
  watch watch_;
  std::optional<io::address> client_;  // who is at the other end, through a PROXY header if any
  bool trusted_ = false;               // a proxy that may speak for others
  admission::client_limit::permit of_client_;
  http::head_scanner scanner_;
  http::framing framing_;
  std::string head_bytes_;  // the head being served: views in exchange_ point here
  std::string out_;
  bool first_ = true;                  // no request has been received yet
  bool busy_ = false;                  // a request is being received or served
  bool keep_ = false;                  // the connection may carry another request
  bool unread_ = false;                // it ended with input left: close gently
  bool sent_ = false;                  // the last answer went out whole
  std::uint64_t received_before_ = 0;  // by earlier requests
  std::uint64_t sent_before_ = 0;
  unsigned served_without_waiting_ = 0;
  unsigned served_ = 0;
};

}  // namespace tailrace::net
