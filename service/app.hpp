// The whole service: owns every long-lived object, in construction order, and runs the protocol
// of starting and stopping.
#pragma once
#include "api/admin.hpp"
#include "api/context.hpp"
#include "api/pipeline.hpp"
#include "compute/image/engine.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/resolve.hpp"
#include "core/settings_loader.hpp"
#include "exec/lanes.hpp"
#include "fetch/address_policy.hpp"
#include "fetch/coalescing_fetcher.hpp"
#include "fetch/flight_table.hpp"
#include "fetch/live_fetcher.hpp"
#include "fetch/origin_board.hpp"
#include "metrics/registry.hpp"
#include "net/edge.hpp"
#include "net/io_pool.hpp"
#include "net/listener.hpp"
#include "net/session_host.hpp"

#include <boost/asio/ssl/context.hpp>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tailrace {

class app {
 public:
  // Throws std::exception with a line for the operator when something cannot be had: a socket,
  // a certificate file, a thread. SIGTERM and SIGINT must be blocked in the calling thread.
  app(resolved config, provenance from);
  ~app();

  // Serves until SIGTERM or SIGINT, then drains. Returns the process's exit status.
  int run();

 private:
  // What one I/O thread has of its own.
  struct worker {
    worker(app& a, std::size_t index);

    fetch::live_fetcher fetcher;
    fetch::coalescing_fetcher coalescing;
    api::context context;
    api::pipeline pipeline;
    net::session_host host;
    std::vector<std::unique_ptr<net::listener>> listeners;  // one for each address
  };

  void listen();
  void listen_on(const std::string& text);
  void guard_loops();
  void secure();
  void reload();
  void serve();
  std::uint16_t public_port() const;
  void write_port_file() const;
  void connect_metrics();
  void connect_lane_metrics(const char* name, const exec::executor& lane, double limit);
  void connect_fetch_metrics();
  void connect_fetch_counters();
  void connect_fetch_gauges();
  void connect_origin_metrics();
  void connect_memory_metrics();
  void connect_hash_metrics();
  double total(gauge fetch::stats::* of) const;
  void drain();
  bool stopped_within(duration most) const;
  void cut();

  const resolved config_;
  const provenance from_;
  const settings& settings_;
  steady_clock clock_;
  logger log_;
  image::engine images_;
  exec::lanes lanes_;
  api::shared shared_;
  fetch::address_policy policy_;
  fetch::flight_table flights_;
  fetch::origin_board origins_;
  boost::asio::ssl::context tls_;
  metrics::registry metrics_;
  net::edge edge_;
  net::edge admin_edge_;

  net::io_pool io_;
  std::vector<std::unique_ptr<worker>> workers_;

  net::io_pool admin_io_;
  api::admin admin_;
  net::session_host admin_host_;
  net::listener admin_listener_;
  sigset_t signals_;
  std::atomic<std::uint64_t> cut_{0};  // connections, by a drain
};

}  // namespace tailrace
