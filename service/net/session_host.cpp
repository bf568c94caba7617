#include "net/session_host.hpp"

#include "net/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace tailrace::net {

using std::chrono::milliseconds;

session_limits::session_limits(const settings& s)
    : head{s.header_bytes_max, s.header_fields_max, s.uri_bytes_max},
      header_timeout(milliseconds(s.header_timeout_ms)),
      idle_timeout(milliseconds(s.idle_timeout_ms)),
      request_timeout(milliseconds(s.request_timeout_ms)),
      rate_grace(milliseconds(s.body_rate_grace_ms)),
      rate_min_bytes_per_s(s.body_rate_min_bytes_per_s),
      requests_per_connection_max(s.requests_per_connection_max) {}

session_host::member::member(session_host& host) noexcept : list_(host), next_(host.first_) {
  if (next_ != nullptr) next_->previous_ = this;
  host.first_ = this;
  host.edge.open.fetch_add(1, std::memory_order_relaxed);
}

session_host::member::~member() {
  (previous_ != nullptr ? previous_->next_ : list_.first_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  list_.edge.open.fetch_sub(1, std::memory_order_relaxed);
}

// A buffer holds the largest head that is allowed and something of what follows it.
session_host::session_host(io::thread& t, io::handler& h, const settings& s, net::edge& e)
    : thread(t), handler(h), edge(e), limits(s), buffers(s.header_bytes_max + 4096) {}

void session_host::start(io::stream_socket socket) {
  auto started = std::make_unique<session>(*this, std::move(socket));
  auto running = session::run(std::move(started));
  boost::asio::co_spawn(thread.context.get_executor(), std::move(running), boost::asio::detached);
}

void session_host::drain() noexcept {
  draining_ = true;
  for (member* m = first_; m != nullptr; m = m->next_) m->drain();
}

void session_host::cut() noexcept {
  draining_ = cutting_ = true;
  for (member* m = first_; m != nullptr; m = m->next_) m->cut();
  thread.wheel.expire_all();
}

}  // namespace tailrace::net
