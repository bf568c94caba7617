#include "fetch/connect_race.hpp"

#include <boost/asio/redirect_error.hpp>

#include <algorithm>
#include <utility>

namespace tailrace::fetch {

namespace asio = boost::asio;
using boost::system::error_code;

// Shared with the socket's handler, which runs once more after the race has ended.
struct connect_race::attempt {
  attempt(connect_race& r, io::context& on) : race(&r), socket(on) {}

  connect_race* race;  // null when it has ended
  io::tcp_socket socket;
};

void connect_race::limit::late() noexcept {
  owner.finish(error(errc::origin_timeout, "the origin was not reached in time"));
}

connect_race::connect_race(io::thread& on, stats& counts, std::vector<io::tcp::endpoint> candidates)
    : thread_(on),
      counts_(counts),
      candidates_(std::move(candidates)),
      schedule_(candidates_.size()),
      bell_(on.context, io::timer::time_point::max()),
      stagger_(on.wheel, *this),
      limit_(on.wheel, *this),
      call_off_(*this) {}

connect_race::~connect_race() {
  finish(error(errc::client_gone));
}

io::awaitable<result<io::tcp_socket>> connect_race::run(deadline until,
                                                        io::cancellation* called_off) {
  if (called_off != nullptr && called_off->called_off()) co_return error(errc::client_gone);
  limit_.arm(until);
  call_off_.join(called_off);
  go_on();
  error_code ignored;
  while (!outcome_) {
    auto token = asio::redirect_error(io::use_awaitable, ignored);
    co_await bell_.async_wait(token);
  }
  co_return std::move(*outcome_);
}

void connect_race::go_on() {
  if (const auto number = schedule_.start(thread_.time.now())) start(*number);
  stagger_.arm(schedule_.next());
}

void connect_race::start(std::size_t number) {
  const auto a = std::make_shared<attempt>(*this, thread_.context);
  attempts_.push_back(a);
  a->socket.async_connect(candidates_[number], [a](const error_code& ec) {
    if (a->race != nullptr) a->race->ended(*a, ec);
  });
}

void connect_race::ended(attempt& a, const error_code& ec) {
  if (!ec) {
    counts_.record(connect_outcome::connected);
    a.race = nullptr;
    return finish(std::move(a.socket));
  }
  counts_.record(connect_outcome::failed);
  std::erase_if(attempts_, [&](const auto& each) { return each.get() == &a; });
  schedule_.failed();
  if (schedule_.exhausted())
    return finish(error(errc::origin_unreachable, "the origin cannot be reached: " + ec.message()));
  go_on();
}

void connect_race::finish(result<io::tcp_socket> how) {
  if (outcome_) return;
  outcome_.emplace(std::move(how));
  stagger_.disarm();
  limit_.disarm();
  call_off_.leave();
  for (const auto& a : attempts_) {
    if (a->race == nullptr) continue;  // the winner
    counts_.record(connect_outcome::abandoned);
    a->race = nullptr;
    error_code ignored;
    a->socket.close(ignored);
  }
  attempts_.clear();
  bell_.cancel();
}

}  // namespace tailrace::fetch
