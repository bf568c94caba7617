#include "loadtest/origin/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace tailrace::load::faulty {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr int backlog = 4096;
constexpr auto accept_pause = std::chrono::milliseconds(50);

std::optional<asio::ssl::context> make_tls(const options& o) {
  if (o.tls_certificate_file.empty()) return std::nullopt;
  std::optional<asio::ssl::context> tls(asio::ssl::context::tls_server);
  tls->use_certificate_chain_file(o.tls_certificate_file);
  tls->use_private_key_file(o.tls_key_file, asio::ssl::context::pem);
  SSL_CTX* const native = tls->native_handle();
  if (o.tls_version_max != 0) SSL_CTX_set_max_proto_version(native, o.tls_version_max);
  if (o.tls_version_max == TLS1_1_VERSION) {
    // OpenSSL 3 speaks it at no higher level, as it signs with SHA-1.
    SSL_CTX_set_min_proto_version(native, TLS1_VERSION);
    SSL_CTX_set_cipher_list(native, "ALL:@SECLEVEL=0");
  }
  return tls;
}

}  // namespace

server::server(const options& o)
    : site_(o.site),
      lanes_(o.threads),
      tls_(make_tls(o)),
      service_{site_, o.usual, o.silent, tls_ ? &*tls_ : nullptr, counts_, &counts_},
      counters_service_{site_, {}, false, nullptr, counts_, nullptr},
      acceptor_(bound(o.listen)),
      signals_(lanes_.front().context, SIGINT, SIGTERM) {
  if (o.counters_listen) counters_acceptor_.emplace(bound(*o.counters_listen));
  if (!o.port_file.empty()) write_ports(o.port_file);
}

server::acceptor server::bound(const options::endpoint& at) {
  acceptor a(lanes_.front().context.get_executor(), at.protocol());
  a.set_option(asio::socket_base::reuse_address(true));
  a.bind(at);
  a.listen(backlog);
  return a;
}

// Under its own name only when it is whole: others wait for it to appear.
void server::write_ports(const std::string& path) {
  const std::string draft = path + ".new";
  std::ofstream file(draft);
  file << "port=" << acceptor_.local_endpoint().port() << "\n";
  if (counters_acceptor_)
    file << "counters=" << counters_acceptor_->local_endpoint().port() << "\n";
  file.close();
  if (!file || std::rename(draft.c_str(), path.c_str()) != 0)
    throw std::runtime_error("cannot write " + path);
}

void server::run() {
  auto& first = lanes_.front().context;
  asio::co_spawn(first, accept(acceptor_, service_), asio::detached);
  if (counters_acceptor_)
    asio::co_spawn(first, accept(*counters_acceptor_, counters_service_), asio::detached);
  signals_.async_wait([this](const error_code& ec, int) {
    if (!ec) stop();
  });

  // The others have nothing to do at first, and must not end for it.
  std::vector<asio::executor_work_guard<executor>> guards;
  guards.reserve(lanes_.size());
  for (auto& each : lanes_) guards.emplace_back(each.context.get_executor());
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < lanes_.size(); ++i)
    threads.emplace_back([&each = lanes_[i]] { each.context.run(); });
  guards.front().reset();
  first.run();
  guards.clear();
}

awaitable<void> server::accept(acceptor& from, const service& s) {
  const asio::use_awaitable_t<executor> use_awaitable;
  timer pause(from.get_executor());
  while (from.is_open()) {
    error_code ec;
    auto token = asio::redirect_error(use_awaitable, ec);
    lane& on = lanes_[next_lane_++ % lanes_.size()];
    tcp_socket socket(on.context.get_executor());
    co_await from.async_accept(socket, token);
    if (!ec) {
      asio::co_spawn(on.context, serve(on, std::move(socket), s), asio::detached);
    } else if (from.is_open()) {
      // Out of files, most likely: that passes, and asking at once would only burn the CPU.
      pause.expires_after(accept_pause);
      co_await pause.async_wait(token);
    }
  }
}

awaitable<void> server::serve(lane& on, tcp_socket socket, const service& s) {
  session own(std::move(socket), s);
  if (on.ending) co_return;
  on.sessions.insert(&own);
  auto running = own.run();
  co_await std::move(running);
  on.sessions.erase(&own);
}

void server::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  if (counters_acceptor_) counters_acceptor_->close(ignored);
  for (auto& each : lanes_) {
    asio::post(each.context, [&each] {
      each.ending = true;
      for (session* s : each.sessions) s->end();
    });
  }
}

}  // namespace tailrace::load::faulty
