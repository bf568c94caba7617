// What the sessions of one I/O thread share, and the list of them, for draining.
#pragma once
#include "core/settings.hpp"
#include "http/head_scanner.hpp"
#include "io/buffer_pool.hpp"
#include "io/exchange.hpp"
#include "io/thread.hpp"
#include "net/date_cache.hpp"
#include "net/edge.hpp"
#include "net/tls_context.hpp"

#include <cstdint>

namespace tailrace::net {

struct session_limits {
  explicit session_limits(const settings& s);

  http::head_limits head;
  duration header_timeout;
  duration idle_timeout;
  duration request_timeout;
  duration rate_grace;
  std::uint64_t rate_min_bytes_per_s;
  unsigned requests_per_connection_max;  // 0 = no limit
};

class session_host {
 public:
  // A session's place in the list; all calls on the host's thread.
  class member {
   public:
    explicit member(session_host& host) noexcept;
    virtual ~member();
    member(const member&) = delete;
    member& operator=(const member&) = delete;
    virtual void drain() noexcept = 0;
    virtual void cut() noexcept = 0;

   private:
    friend session_host;
    session_host& list_;
    member* previous_ = nullptr;
    member* next_ = nullptr;
  };

  session_host(io::thread& t, io::handler& h, const settings& s, net::edge& e);

  // Serves a connection until it ends.
  void start(io::stream_socket socket);

  // From now on every answer says "Connection: close"; idle sessions end soon.
  void drain() noexcept;
  // Ends every wait on this thread: for clients, for origins, for names. Jobs see that they are
  // cancelled; sessions answer what they can and end.
  void cut() noexcept;

  bool draining() const noexcept { return draining_; }
  bool cutting() const noexcept { return cutting_; }

  io::thread& thread;
  io::handler& handler;
  net::edge& edge;
  tls_context tls;  // of connections that begin from now on; null = none
  const session_limits limits;
  io::buffer_pool buffers;
  date_cache date;

 private:
  member* first_ = nullptr;
  bool draining_ = false;
  bool cutting_ = false;
};

}  // namespace tailrace::net
