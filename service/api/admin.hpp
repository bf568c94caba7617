// The admin listener's handler: probes, metrics, and from loopback what the process is set to and
// doing. On a thread of its own, so that it answers however busy the service is.
#pragma once
#include "api/context.hpp"
#include "api/request_id.hpp"
#include "io/exchange.hpp"
#include "metrics/registry.hpp"

#include <functional>
#include <string>

namespace tailrace::api {

class admin final : public io::handler {
 public:
  // `describe_config` gives the text of /debug/config.
  admin(shared& process, const metrics::registry& all, metrics::http_cells& cells,
        std::function<std::string()> describe_config);

  bool try_answer(io::exchange& e) override;
  io::awaitable<void> answer(io::exchange& e) override;
  void refuse(io::exchange& e, const error& why) override;
  void finished(io::exchange& e, duration took, bool sent) override;
  void connections(int) override {}  // the scrape itself would be in the figure
  void busy(int) override {}
  void connections_full() override {}
  void client_full() override {}
  void secured(io::handshake) override {}
  void broken(std::string_view what) noexcept override {
    process_.log.error("an admin connection was given up", {{"what", what}});
  }

 private:
  bool answer_debug(io::exchange& e);
  std::string describe_executor() const;

  shared& process_;
  const metrics::registry& metrics_;
  metrics::http_cells& cells_;
  std::function<std::string()> describe_config_;
};

}  // namespace tailrace::api
