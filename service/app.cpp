#include "app.hpp"

#include "core/machine.hpp"
#include "core/settings_text.hpp"
#include "fetch/interface_addresses.hpp"
#include "fetch/tls.hpp"

#include <boost/asio/post.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace tailrace {
namespace {

using namespace std::chrono_literals;

// After everything was cut, coroutines have this long to notice; then the process ends anyway.
constexpr auto cut_grace = 2s;
// Process groups and supervisors deliver one wish to stop more than once; what comes this soon is
// no second signal.
constexpr auto same_signal = 50ms;
constexpr std::uint64_t admin_connections_max = 256;

exec::lanes_options lanes_of(const settings& s) {
  exec::lanes_options options;
  options.short_threads = s.short_threads;
  options.long_threads = s.long_threads;
  options.short_capacity = s.short_queue_max;
  options.long_capacity = s.long_queue_max;
  options.on_thread_end = [] { image::engine::leave_thread(); };
  return options;
}

image::limits image_limits_of(const settings& s, const image::engine& engine) {
  image::limits l;
  l.image_pixels_max = s.image_pixels_max;
  l.result_side_max = s.result_side_max;
  l.jpeg_quality = s.quality;
  l.webp_quality = s.webp_quality;
  l.avif_quality = s.avif_quality;
  l.avif_speed = s.avif_speed;
  l.auto_rotate = s.auto_rotate;
  l.strip_metadata = s.strip_metadata;
  l.writes_avif = engine.writes_avif();
  return l;
}

std::vector<metrics::route_labels> route_labels_of() {
  std::vector<metrics::route_labels> all;
  for (const api::route& r : api::routes) {
    metrics::route_labels one{r.path, 0, metrics::route_labels::kind::work};
    if (r.probe) one.type = metrics::route_labels::kind::probe;
    for (unsigned m = 0; m < metrics::method_names.size(); ++m)
      if (api::allows(r, static_cast<http::method>(m))) one.methods |= 1U << m;
    all.push_back(one);
  }
  return all;
}

template <class T>
T value_or_throw(result<T> r) {
  if (r.has_error()) throw std::runtime_error(r.error().detail);
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

// The signal that arrived within `most`, or a negative number.
int next_signal(const sigset_t& set, duration most) {
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(most).count();
  const timespec wait{ns / 1'000'000'000, ns % 1'000'000'000};
  return sigtimedwait(&set, nullptr, &wait);
}

// True when one that means to stop did.
bool signalled(const sigset_t& set, duration most) {
  const int signal = next_signal(set, most);
  return signal > 0 && signal != SIGHUP;
}

}  // namespace

app::worker::worker(app& a, std::size_t index)
    : fetcher(a.settings_, a.io_.at(index), a.policy_, a.tls_, a.lanes_.short_lane(), {},
              a.settings_.metrics_origins_max > 0 ? &a.origins_ : nullptr),
      coalescing(fetcher, a.flights_, a.io_.at(index), a.shared_.memory,
                 a.settings_.coalesce_window_bytes, fetcher.counts()),
      context(a.shared_, a.io_.at(index), coalescing, a.metrics_.cells(index)),
      pipeline(context),
      host(a.io_.at(index), pipeline, a.settings_, a.edge_) {}

app::app(resolved config, provenance from)
    : config_(std::move(config)),
      from_(std::move(from)),
      settings_(config_.values),
      log_(log_options(settings_)),
      images_(settings_.svg),
      lanes_(clock_, lanes_of(settings_)),
      shared_(settings_, lanes_, log_, image_limits_of(settings_, images_)),
      policy_(value_or_throw(fetch::address_policy::make(settings_))),
      origins_(settings_.metrics_origins_max, settings_.io_threads, clock_),
      tls_(fetch::make_tls_context(settings_)),
      metrics_(route_labels_of(), settings_.io_threads + 1,
               {settings_.slo_p99_ms / 1000.0, settings_.slo_error_ratio}),
      edge_(settings_, shared_.clients),
      admin_edge_(shared_.clients),
      io_("tr-io", settings_.io_threads, clock_),
      admin_io_("tr-admin", 1, clock_),
      admin_(shared_, metrics_, metrics_.cells(settings_.io_threads),
             [this] { return print_config(config_, from_); }),
      admin_host_(admin_io_.at(0), admin_, settings_, admin_edge_),
      admin_listener_(admin_host_, admin_connections_max),
      signals_(handled_signals()) {
  for (std::size_t i = 0; i < io_.size(); ++i)
    workers_.push_back(std::make_unique<worker>(*this, i));
  io_.on_lag = [this](std::size_t i, duration late) { metrics_.cells(i).loop_lag(late); };
  if (settings_.debug_loop) guard_loops();
  connect_metrics();
  for (const std::string& warning : config_.warnings) log_.warn(warning);
  secure();
  listen();
}

app::~app() = default;

void app::guard_loops() {
  for (std::size_t i = 0; i < io_.size(); ++i)
    io_.guard(i, {std::chrono::microseconds(settings_.loop_slice_us_max),
                  [this, i](const net::loop_guard::held_loop& h) {
                    const auto us = [](duration d) {
                      return std::chrono::duration_cast<std::chrono::microseconds>(d).count();
                    };
                    metrics_.cells(i).slow_handler();
                    log_.warn("an I/O thread was held up", {{"handler", h.handler},
                                                            {"thread", i},
                                                            {"held_us", us(h.held)},
                                                            {"cpu_us", us(h.on_cpu)}});
                  }});
}

void app::secure() {
  const auto context = value_or_throw(net::make_server_tls(settings_));
  for (auto& w : workers_) w->host.tls = context;
}

// The certificate again, for connections that begin from now on. One that cannot be used changes
// nothing.
void app::reload() {
  const auto context = net::make_server_tls(settings_);
  if (context.has_error()) {
    log_.error("the certificate was not replaced", {{"why", context.error().detail}});
    return;
  }
  for (auto& w : workers_)
    boost::asio::post(w->host.thread.context, [&host = w->host, c = *context] { host.tls = c; });
  log_.info("the certificate was read again", {{"file", settings_.tls_certificate_file}});
}

// Bound before any thread runs, so that a start that fails leaves nothing behind and a port that
// is known is one that answers.
void app::listen() {
  // The admin port first: without SO_REUSEPORT it is what stops a second instance, which must not
  // have taken connections of the first one by then.
  const auto admin_at = value_or_throw(net::listen_address::parse(settings_.admin_listen));
  value_or_throw(admin_listener_.bind(admin_at, false));
  for (const std::string& text : settings_.listen) listen_on(text);
  std::vector<io::tcp::endpoint> own;
  const auto add = [&](const net::listener& l) {
    if (const auto at = net::tcp_endpoint_of(l.local())) own.push_back(*at);
  };
  add(admin_listener_);
  for (const auto& l : workers_.front()->listeners) add(*l);
  policy_.refuse_listeners(std::move(own), fetch::interface_addresses());
  write_port_file();
}

// One listener for each thread; port 0 is chosen once.
void app::listen_on(const std::string& text) {
  auto at = value_or_throw(net::listen_address::parse(text));
  for (auto& w : workers_) {
    auto l = std::make_unique<net::listener>(w->host, settings_.connections_max);
    if (at.is_unix() && w != workers_.front()) {
      value_or_throw(l->share(*workers_.front()->listeners.back()));
    } else {
      value_or_throw(l->bind(at, true));
      if (!at.is_unix()) at.take_port_of(l->local());
    }
    w->listeners.push_back(std::move(l));
  }
}

// Of the first TCP listener; 0 when there is none.
std::uint16_t app::public_port() const {
  for (const auto& l : workers_.front()->listeners)
    if (const auto at = net::tcp_endpoint_of(l->local())) return at->port();
  return 0;
}

// In one step, so that whoever waits for the file never reads half of it.
void app::write_port_file() const {
  if (settings_.port_file.empty()) return;
  const std::string temporary = settings_.port_file + ".new";
  std::ofstream out(temporary);
  out << "public=" << public_port() << "\n"
      << "admin=" << net::tcp_endpoint_of(admin_listener_.local())->port() << "\n";
  out.close();
  std::error_code ec;
  std::filesystem::rename(temporary, settings_.port_file, ec);
  if (!out || ec) throw std::runtime_error("cannot write port-file " + settings_.port_file);
}

int app::run() {
  std::string addresses;
  for (const auto& l : workers_.front()->listeners)
    addresses.append(addresses.empty() ? "" : " ").append(net::spelled(l->local()));
  const std::string admin_address = net::spelled(admin_listener_.local());
  for (auto& w : workers_)
    for (auto& l : w->listeners) l->start();
  admin_listener_.start();
  io_.start();
  admin_io_.start();
  shared_.ready = true;
  log_.info("listening", {{"address", addresses},
                          {"admin", admin_address},
                          {"io_threads", settings_.io_threads},
                          {"short_threads", settings_.short_threads},
                          {"long_threads", settings_.long_threads},
                          {"sha256", shared_.sha256.text()},
                          {"version", TAILRACE_VERSION}});
  serve();
  drain();
  log_.info("stopped");
  return 0;
}

// SIGHUP means "read the certificate again" where there is one; where there is none it is a
// terminal that was closed.
void app::serve() {
  for (;;) {
    const int signal = next_signal(signals_, 1h);
    if (signal == SIGHUP && !settings_.tls_certificate_file.empty()) {
      reload();
    } else if (signal > 0) {
      return;
    }
  }
}

// 1. Readiness fails, so that balancers look elsewhere; for drain-delay-ms all goes on as before.
// 2. Listeners take what the kernel has queued and close; idle connections end; busy ones finish
//    their request and say "Connection: close".
// 3. After drain-timeout-ms, or at a second signal, what is left is cut.
// 4. With no coroutine left nobody can submit: the executor finishes and joins.
// 5. Name queries that nobody waits for any more are ended; the I/O threads join. The admin
// listener answers until here, so that a drain can be watched.
void app::drain() {
  log_.info("draining");
  shared_.ready = false;
  while (signalled(signals_, same_signal)) {
  }
  bool hurry = stopped_within(std::chrono::milliseconds(settings_.drain_delay_ms));
  for (auto& w : workers_)
    boost::asio::post(w->host.thread.context, [&w = *w] {
      for (auto& l : w.listeners) l->drain();
      w.host.drain();
      w.fetcher.close_idle();
    });
  const auto busy = io_.count_busy();
  const auto all_idle_within = [&](duration most) {
    const time_point end = clock_.now() + most;
    while (busy->load() > 0 && clock_.now() < end && !hurry) hurry = signalled(signals_, 5ms);
    return busy->load() == 0;
  };
  if (!all_idle_within(std::chrono::milliseconds(settings_.drain_timeout_ms))) cut();
  hurry = false;
  if (!all_idle_within(cut_grace)) {
    // Not through the log: its queue would be lost with the process.
    std::fputs("tailrace: connections did not end when cut, leaving anyway\n", stderr);
    std::_Exit(1);
  }
  lanes_.close_and_join();
  for (auto& w : workers_)
    boost::asio::post(w->host.thread.context, [&fetcher = w->fetcher] { fetcher.close(); });
  io_.join();
  boost::asio::post(admin_host_.thread.context, [this] {
    admin_listener_.drain();
    admin_host_.cut();
  });
  const auto admin_busy = admin_io_.count_busy();
  while (admin_busy->load() > 0) signalled(signals_, 5ms);
  admin_io_.join();
  for (const std::string& text : settings_.listen)
    if (const auto at = net::listen_address::parse(text); at.has_value() && at->is_unix())
      net::remove_stale_socket(at->path());
}

// True when another signal that means to stop came.
bool app::stopped_within(duration most) const {
  for (const time_point end = clock_.now() + most; clock_.now() < end;)
    if (signalled(signals_, end - clock_.now())) return true;
  return false;
}

void app::cut() {
  cut_ += edge_.open.load();
  log_.warn("cutting connections", {{"connections", edge_.open.load()}});
  for (auto& w : workers_)
    boost::asio::post(w->host.thread.context, [&host = w->host] { host.cut(); });
}

}  // namespace tailrace
