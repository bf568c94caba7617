#include "fetch/dial.hpp"

#include "fetch/connect_race.hpp"
#include "fetch/happy_eyeballs.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace tailrace::fetch {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

result<void> secured(const error_code& ec, const std::string& why) {
  if (!ec) return {};
  if (ec == asio::error::operation_aborted) return error(errc::client_gone);
  if (ec == asio::error::timed_out)
    return error(errc::origin_timeout, "the TLS handshake took too long");
  return error(errc::origin_tls, "TLS: " + (why.empty() ? ec.message() : why));
}

}  // namespace

dialer::dialer(const settings& s, io::thread& on, const address_policy& policy,
               asio::ssl::context& tls, stats& counts, const std::string& dns_servers)
    : thread_(on),
      policy_(policy),
      tls_(tls),
      counts_(counts),
      resolver_(s, on, counts, dns_servers) {}

io::awaitable<result<std::unique_ptr<connection>>> dialer::dial(const url& to, deadline until,
                                                                io::cancellation* called_off,
                                                                progress& steps) {
  const clock& time = thread_.time;
  steps.enter(to.is_ip ? stage::connect : stage::dns, time.now());
  auto resolving = resolver_.resolve(to.host, until, called_off);
  const auto found = co_await std::move(resolving);
  if (found.has_error()) co_return found.error();

  auto candidates = judged(*found, to.port);
  if (candidates.has_error()) co_return candidates.error();
  steps.enter(stage::connect, time.now());
  auto connecting = connect(std::move(*candidates), until, called_off);
  auto c = co_await std::move(connecting);
  if (c.has_error() || to.scheme != scheme::https) co_return c;

  steps.enter(stage::tls, time.now());
  auto securing = secure(**c, to, until);
  const auto secured = co_await std::move(securing);
  if (secured.has_error()) co_return secured.error();
  co_return c;
}

result<std::vector<io::tcp::endpoint>> dialer::judged(const std::vector<address>& found,
                                                      std::uint16_t port) const {
  std::vector<io::tcp::endpoint> allowed;
  error refusal(errc::source_refused);
  for (const address& a : by_turns(found)) {
    const io::tcp::endpoint candidate(a, port);
    const auto verdict = policy_.judge(candidate);
    if (verdict.has_value()) {
      allowed.push_back(candidate);
    } else {
      refusal = verdict.error();
    }
  }
  if (allowed.empty()) return refusal;
  return allowed;
}

io::awaitable<result<std::unique_ptr<connection>>> dialer::connect(
    std::vector<io::tcp::endpoint> candidates, deadline until, io::cancellation* called_off) {
  connect_race race(thread_, counts_, std::move(candidates));
  auto racing = race.run(until, called_off);
  auto socket = co_await std::move(racing);
  if (socket.has_error()) co_return socket.error();
  auto c = std::make_unique<connection>(thread_, counts_, std::move(*socket));
  c->serve(called_off);
  co_return c;
}

io::awaitable<result<void>> dialer::secure(connection& c, const url& to, deadline until) {
  c.arm(until);
  std::string why;
  auto securing = c.secure(tls_, to, why);
  const error_code ec = co_await std::move(securing);
  co_return secured(ec, why);
}

}  // namespace tailrace::fetch
