#include "fetch/dial.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace tailrace::fetch {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

result<void> connected(const error_code& ec) {
  if (!ec) return {};
  if (ec == asio::error::operation_aborted) return error(errc::client_gone);
  if (ec == asio::error::timed_out)
    return error(errc::origin_timeout, "the origin was not reached in time");
  return error(errc::origin_unreachable, "the origin cannot be reached: " + ec.message());
}

result<void> secured(const error_code& ec, const std::string& why) {
  if (!ec) return {};
  if (ec == asio::error::operation_aborted) return error(errc::client_gone);
  if (ec == asio::error::timed_out)
    return error(errc::origin_timeout, "the TLS handshake took too long");
  return error(errc::origin_tls, "TLS: " + (why.empty() ? ec.message() : why));
}

}  // namespace

dialer::dialer(io::thread& on, const address_policy& policy, asio::ssl::context& tls, stats& counts,
               const std::string& dns_servers)
    : thread_(on), policy_(policy), tls_(tls), counts_(counts), resolver_(on, dns_servers) {}

io::awaitable<result<std::unique_ptr<connection>>> dialer::dial(const url& to, deadline until,
                                                                io::cancellation* called_off,
                                                                timings& spent) {
  const clock& time = thread_.time;
  const time_point start = time.now();
  auto resolving = resolver_.resolve(to.host, until, called_off);
  const auto found = co_await std::move(resolving);
  const time_point resolved = time.now();
  if (!to.is_ip) spent.dns += resolved - start;
  if (found.has_error()) co_return found.error();

  auto candidates = judged(*found, to.port);
  if (candidates.has_error()) co_return candidates.error();
  auto c = std::make_unique<connection>(thread_, counts_);
  c->serve(called_off);
  auto connecting = connect(*c, std::move(*candidates), until);
  const auto connected = co_await std::move(connecting);
  const time_point reached = time.now();
  spent.connect += reached - resolved;
  if (connected.has_error()) co_return connected.error();
  if (to.scheme != scheme::https) co_return c;

  auto securing = secure(*c, to, until);
  const auto secured = co_await std::move(securing);
  spent.tls += time.now() - reached;
  if (secured.has_error()) co_return secured.error();
  co_return c;
}

result<std::vector<io::tcp::endpoint>> dialer::judged(const std::vector<address>& found,
                                                      std::uint16_t port) const {
  std::vector<io::tcp::endpoint> allowed;
  error refusal(errc::source_refused);
  for (const address& a : found) {
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

io::awaitable<result<void>> dialer::connect(connection& c,
                                            std::vector<io::tcp::endpoint> candidates,
                                            deadline until) {
  result<void> last = connected(asio::error::timed_out);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const time_point now = thread_.time.now();
    if (until.passed(now)) break;
    const auto share = until.left(now) / static_cast<int>(candidates.size() - i);
    c.arm(until.never() ? until : deadline::after(now, share));
    auto connecting = c.connect(candidates[i]);
    const error_code ec = co_await std::move(connecting);
    last = connected(ec);
    if (last.has_value() || last.error().code == errc::client_gone) break;
  }
  co_return last;
}

io::awaitable<result<void>> dialer::secure(connection& c, const url& to, deadline until) {
  c.arm(until);
  std::string why;
  auto securing = c.secure(tls_, to, why);
  const error_code ec = co_await std::move(securing);
  co_return secured(ec, why);
}

}  // namespace tailrace::fetch
