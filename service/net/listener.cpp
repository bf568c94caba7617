#include "net/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/detail/socket_option.hpp>
#include <boost/asio/redirect_error.hpp>

#include <fcntl.h>
#include <sys/stat.h>

namespace tailrace::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using reuse_port_option = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

// How long to wait before accepting again at the connection limit or when the system is out of
// descriptors or memory: those pass, a dead listener does not.
constexpr auto pause_time = std::chrono::milliseconds(20);

}  // namespace

listener::listener(session_host& host, std::uint64_t connections_max)
    : host_(host),
      connections_max_(connections_max),
      acceptor_(host.thread.context),
      pause_(host.thread.context) {}

result<void> listener::bind(const listen_address& at, bool reuse_port) {
  error_code ec;
  const auto failed = [&](const char* step) {
    return error(errc::internal,
                 std::string(step) + " " + spelled(at.endpoint()) + ": " + ec.message());
  };
  if (at.is_unix() && !remove_stale_socket(at.path())) {
    ec = asio::error::address_in_use;
    return failed("bind");
  }
  acceptor_.open(at.endpoint().protocol(), ec);
  if (ec) return failed("open");
  if (!at.is_unix()) acceptor_.set_option(io::stream_acceptor::reuse_address(true), ec);
  if (!ec && reuse_port && !at.is_unix()) acceptor_.set_option(reuse_port_option(true), ec);
  if (ec) return failed("set options of");
  acceptor_.bind(at.endpoint(), ec);
  if (ec) return failed("bind");
  // Who may enter its folder may connect, as to any port; the folder's owner decides that.
  if (at.is_unix()) ::chmod(at.path().c_str(), 0666);
  acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) return failed("listen on");
  return {};
}

result<void> listener::share(listener& other) {
  error_code ec;
  const int copy = ::fcntl(other.acceptor_.native_handle(), F_DUPFD_CLOEXEC, 0);
  if (copy >= 0) acceptor_.assign(other.local().protocol(), copy, ec);
  if (copy < 0 || ec) return error(errc::internal, "cannot share a listening socket");
  return {};
}

io::stream_protocol::endpoint listener::local() const {
  error_code ec;
  return acceptor_.local_endpoint(ec);
}

void listener::start() {
  io::gate::pass inside(host_.thread.coroutines);
  asio::co_spawn(host_.thread.context.get_executor(), run(std::move(inside)), asio::detached);
}

void listener::drain() {
  draining_ = true;
  error_code ec;
  acceptor_.non_blocking(true, ec);
  while (!ec) {
    io::stream_socket socket(host_.thread.context.get_executor());
    acceptor_.accept(socket, ec);
    if (!ec) start(std::move(socket));
  }
  acceptor_.close(ec);
  pause_.cancel();
}

io::awaitable<void> listener::run([[maybe_unused]] io::gate::pass inside) {
  while (!draining_) {
    if (host_.edge.open.load(std::memory_order_relaxed) >= connections_max_) {
      host_.handler.connections_full();
      co_await pause();
      continue;
    }
    error_code ec;
    io::stream_socket socket(host_.thread.context.get_executor());
    auto token = asio::redirect_error(io::use_awaitable, ec);
    co_await acceptor_.async_accept(socket, token);
    if (ec || !start(std::move(socket))) {
      if (!draining_) co_await pause();
    }
  }
}

// A connection for which there is no memory is closed; the listener lives on.
bool listener::start(io::stream_socket socket) noexcept try {
  host_.start(std::move(socket));
  return true;
} catch (const std::exception& e) {
  host_.handler.broken(e.what());
  return false;
}

io::awaitable<void> listener::pause() {
  error_code ec;
  pause_.expires_after(pause_time);
  auto token = asio::redirect_error(io::use_awaitable, ec);
  co_await pause_.async_wait(token);
}

}  // namespace tailrace::net
