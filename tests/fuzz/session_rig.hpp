// One I/O thread's part of the service, without a thread and without time: the real sessions and
// the real pipeline, over socket pairs. Images and sources fail at once: the lanes are closed, and
// every fetch is refused.
#pragma once
#include "api/context.hpp"
#include "api/pipeline.hpp"
#include "net/edge.hpp"
#include "net/session_host.hpp"

#include <string>
#include <string_view>

#include "tests/support/manual_clock.hpp"

namespace tailrace::fuzz {

class session_rig {
 public:
  session_rig();

  // How the client behaves.
  struct manner {
    std::size_t piece_bytes = 1;  // in each segment; the service has seen one before the next
    bool proxied = false;         // a PROXY header comes first
    duration pause{};             // between the segments
    bool stays = false;           // does not end its side, but waits for the server to do so
  };

  // A connection from beginning to end; returns what the client received. Throws violation when
  // the session does not end, or leaves something behind.
  std::string converse(std::string_view bytes, const manner& how);

  const http::head_limits& limits() const noexcept { return plain_.limits.head; }

 private:
  class no_fetcher final : public fetch::fetcher {
   public:
    io::awaitable<result<std::unique_ptr<fetch::source>>> open(const fetch::request& r) override;
  };
  class client;

  static settings small_settings();
  void settle();
  void pass(duration d);
  void end(client& c, bool stays);
  void check_nothing_left() const;

  const settings settings_;
  test::manual_clock clock_;
  logger log_;
  exec::lanes lanes_;
  api::shared shared_;
  io::thread thread_;
  no_fetcher fetcher_;
  metrics::http_cells cells_;
  api::context context_;
  api::pipeline pipeline_;
  net::edge plain_edge_;
  net::edge proxied_edge_;
  net::session_host plain_;
  net::session_host proxied_;
};

}  // namespace tailrace::fuzz
