#include "fetch/resolver.hpp"

#include <boost/asio/redirect_error.hpp>

#include <memory>
#include <optional>

namespace tailrace::fetch {

namespace asio = boost::asio;

// Shared with the query, which cannot be called off: its answer may come when nobody waits for it.
struct resolver::waiter final : io::deadline_wheel::entry, io::cancellation::waiter {
  explicit waiter(io::thread& on)
      : entry(on.wheel), bell(on.context, io::timer::time_point::max()) {}

  void finish(dns_channel::found f) {
    if (answer) return;
    answer = std::move(f);
    bell.cancel();
  }
  void late() noexcept override {
    finish(error(errc::origin_timeout, "the host's name was not resolved in time"));
  }

  void wake() noexcept override { finish(error(errc::client_gone)); }

  io::timer bell;  // never expires: only a way to wait
  std::optional<dns_channel::found> answer;
};

resolver::resolver(io::thread& on, const std::string& servers)
    : thread_(on), channel_(on, servers) {}

io::awaitable<result<std::vector<address>>> resolver::resolve(std::string host, deadline until,
                                                              io::cancellation* called_off) {
  boost::system::error_code ec;
  const auto literal = asio::ip::make_address(host, ec);
  if (!ec) co_return std::vector<address>{literal};
  if (called_off != nullptr && called_off->called_off()) co_return error(errc::client_gone);
  const auto w = std::make_shared<waiter>(thread_);
  channel_.query(host, [w](dns_channel::found f) { w->finish(std::move(f)); });
  w->arm(until);
  w->join(called_off);
  while (!w->answer) {
    auto token = asio::redirect_error(io::use_awaitable, ec);
    co_await w->bell.async_wait(token);
  }
  w->disarm();
  w->leave();
  co_return std::move(*w->answer);
}

}  // namespace tailrace::fetch
