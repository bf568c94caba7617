#include "fetch/connect_race.hpp"

#include <algorithm>
#include <utility>

namespace tailrace::fetch {

using boost::system::error_code;

// Shared with the socket's handler, which runs once more after the race has ended.
struct connect_race::attempt {
  attempt(connect_race& r, io::context& on) : race(&r), socket(on) {}

  connect_race* race;  // null when it has ended
  io::tcp_socket socket;
};

connect_race::connect_race(io::thread& on, stats& counts, std::vector<io::tcp::endpoint> candidates)
    : thread_(on),
      counts_(counts),
      candidates_(std::move(candidates)),
      schedule_(candidates_.size()),
      bell_(on),
      stagger_(on.wheel, *this) {}

connect_race::~connect_race() {
  finish(error(errc::client_gone));
}

io::awaitable<result<io::tcp_socket>> connect_race::run(deadline until,
                                                        io::cancellation* called_off) {
  if (called_off != nullptr && called_off->called_off()) co_return error(errc::client_gone);
  go_on();
  auto waiting = bell_.wait(until, called_off);
  const io::bell::heard heard = co_await std::move(waiting);
  if (heard == io::bell::heard::late)
    finish(error(errc::origin_timeout, "the origin was not reached in time"));
  if (heard == io::bell::heard::called_off) finish(error(errc::client_gone));
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
  for (const auto& a : attempts_) {
    if (a->race == nullptr) continue;  // the winner
    counts_.record(connect_outcome::abandoned);
    a->race = nullptr;
    error_code ignored;
    a->socket.close(ignored);
  }
  attempts_.clear();
  bell_.ring();
}

}  // namespace tailrace::fetch
