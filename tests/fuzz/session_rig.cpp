#include "tests/fuzz/session_rig.hpp"

#include "api/routes.hpp"

#include <array>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fuzz/pieces.hpp"
#include "tests/fuzz/targets.hpp"

namespace tailrace::fuzz {
namespace {

using namespace std::chrono_literals;

// A session of a client that is silent must have ended after so long.
constexpr duration patience = 30s;
constexpr duration step = 250ms;

log_options no_log() {
  log_options options;
  options.level = log_level::off;
  return options;
}

}  // namespace

// The client's end of a connection.
class session_rig::client {
 public:
  client(session_rig& rig, net::session_host& host) {
    std::array<int, 2> ends{};
    const int kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    require(::socketpair(AF_UNIX, kind, 0, ends.data()) == 0, "a socket pair");
    own_ = ends[0];
    io::stream_socket other(rig.thread_.context);
    other.assign(io::stream_protocol(AF_UNIX, SOCK_STREAM), ends[1]);
    host.start(std::move(other));
  }
  ~client() { ::close(own_); }
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  // False when the server takes nothing more.
  bool send(std::string_view bytes) {
    const auto n = ::send(own_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    require(n < 0 || static_cast<std::size_t>(n) == bytes.size(),
            "the kernel takes an input whole");
    return n >= 0;
  }

  // What has come so far.
  void receive() {
    std::array<char, 16384> room;
    for (;;) {
      const auto n = ::recv(own_, room.data(), room.size(), 0);
      if (n <= 0) break;
      received_.append(room.data(), static_cast<std::size_t>(n));
    }
  }

  void end() { ::shutdown(own_, SHUT_WR); }
  std::string& received() noexcept { return received_; }

 private:
  int own_ = -1;
  std::string received_;
};

io::awaitable<result<std::unique_ptr<fetch::source>>> session_rig::no_fetcher::open(
    const fetch::request&) {
  co_return error(errc::origin_unreachable, "there are no origins here");
}

// Limits that small inputs can reach, and times that few steps of the clock do.
settings session_rig::small_settings() {
  settings s;
  s.header_bytes_max = 1024;
  s.header_fields_max = 16;
  s.uri_bytes_max = 256;
  s.hash_bytes_max = 600;
  s.image_bytes_max = 1200;
  s.requests_in_flight_max = 4;
  s.memory_budget_bytes = 1 << 20;
  s.header_timeout_ms = 2000;
  s.idle_timeout_ms = 5000;
  s.request_timeout_ms = 3000;
  s.body_rate_grace_ms = 1000;
  s.trusted_proxies = {"192.0.2.0/24", "2001:db8::/32"};
  s.connections_per_client_max = 1;
  return s;
}

session_rig::session_rig()
    : settings_(small_settings()),
      log_(no_log()),
      lanes_(clock_, exec::lanes_options{}),
      shared_(settings_, lanes_, log_, image::limits{}),
      thread_(0, clock_),
      cells_(api::routes.size()),
      context_(shared_, thread_, fetcher_, cells_),
      pipeline_(context_),
      plain_edge_(settings_, shared_.clients),
      proxied_edge_(settings_, shared_.clients),
      plain_(thread_, pipeline_, settings_, plain_edge_),
      proxied_(thread_, pipeline_, settings_, proxied_edge_) {
  proxied_edge_.proxy_protocol = true;
  shared_.ready = true;
  lanes_.close_and_join();
}

// Lets the loop do all that can be done without waiting.
void session_rig::settle() {
  thread_.context.restart();
  while (thread_.context.poll() > 0) {
  }
}

void session_rig::pass(duration d) {
  clock_.advance(d);
  thread_.wheel.advance(clock_.now());
}

std::string session_rig::converse(std::string_view bytes, const manner& how) {
  client c(*this, how.proxied ? proxied_ : plain_);
  settle();
  for (pieces p(bytes, how.piece_bytes); p.left();) {
    if (!c.send(p.next())) break;
    settle();
    if (how.pause > duration::zero()) pass(how.pause);
  }
  end(c, how.stays);
  check_nothing_left();
  c.receive();
  return std::move(c.received());
}

// Reading may be what the session waits for; a client that stays waits for its deadlines.
void session_rig::end(client& c, bool stays) {
  if (!stays) c.end();
  duration waited{};
  for (std::size_t before = 1; thread_.coroutines.inside() > 0;) {
    settle();
    c.receive();
    if (stays) {
      require(waited < patience, "a session ends when its client is silent");
      pass(step);
      waited += step;
      continue;
    }
    require(thread_.coroutines.inside() == 0 || c.received().size() != before,
            "a session ends with its client");
    before = c.received().size();
  }
}

void session_rig::check_nothing_left() const {
  require(plain_.buffers.lent() == 0 && proxied_.buffers.lent() == 0, "buffers are given back");
  require(context_.slices.lent() == 0, "slices are given back");
  require(plain_edge_.open == 0 && proxied_edge_.open == 0, "no connection is left");
  require(cells_.open_connections().value() == 0, "no connection is counted");
  require(cells_.requests_in_flight().value() == 0, "no request is counted");
  require(shared_.requests.used() == 0 && shared_.memory.used() == 0, "permits are given back");
}

}  // namespace tailrace::fuzz
