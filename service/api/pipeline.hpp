// What every request goes through: route, admit, work, answer. One per I/O thread and listener
// kind; the endpoints do the work.
#pragma once
#include "api/context.hpp"
#include "api/routes.hpp"
#include "io/exchange.hpp"

#include <string>

namespace tailrace::api {

class pipeline final : public io::handler {
 public:
  explicit pipeline(context& c);

  bool try_answer(io::exchange& e) override;
  io::awaitable<void> answer(io::exchange& e) override;
  void refuse(io::exchange& e, const error& why) override;
  void finished(io::exchange& e, duration took, bool sent) override;
  void connections(int change) override;
  void busy(int change) override;
  void connections_full() override;
  void client_full() override;
  void secured(io::handshake how) override;
  void broken(std::string_view what) noexcept override;

 private:
  result<void> route_request(io::exchange& e);
  bool work_at_once(io::exchange& e);
  result<void> admit(io::exchange& e);
  io::awaitable<result<void>> work(io::exchange& e);
  io::awaitable<result<void>> start_work(io::exchange& e);
  void take_request_id(io::exchange& e);
  void complete(io::exchange& e);
  void write_access_line(io::exchange& e, unsigned status, duration took);

  context& context_;
  std::string timing_;  // for its memory
};

}  // namespace tailrace::api
