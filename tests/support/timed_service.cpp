#include "tests/support/timed_service.hpp"

namespace tailrace::test {

using namespace std::chrono_literals;

timed_service::timed_service(settings s, const std::string& dns_servers)
    : settings_(std::move(s)),
      shared(settings_, lanes, log_, image::limits{}),
      policy_(fetch::address_policy::make(settings_).value()),
      tls_(fetch::make_tls_context(settings_)),
      live_(settings_, thread, policy_, tls_, lanes.short_lane(), dns_servers),
      fetcher_(spy_, flights_, thread, shared.memory, settings_.coalesce_window_bytes,
               live_.counts()),
      context_(shared, thread, fetcher_, cells),
      pipeline_(context_),
      edge_(settings_, shared.clients),
      host_(thread, pipeline_, settings_, edge_) {
  shared.ready = true;
}

timed_service::~timed_service() {
  for (auto& each : clients_) ::close(each->socket);
  clients_.clear();
  host_.cut();
  live_.close_idle();
  run_until([this] { return thread.coroutines.inside() == 0; });
  lanes.close_and_join();
  live_.close();
  pass_and_settle(duration::zero());
}

timed_service::asking& timed_service::ask(const std::string& request) {
  std::array<int, 2> ends{};
  const int kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  REQUIRE(::socketpair(AF_UNIX, kind, 0, ends.data()) == 0);
  auto& fresh = *clients_.emplace_back(std::make_unique<asking>());
  fresh.socket = ends[0];
  io::stream_socket other(thread.context);
  other.assign(io::stream_protocol(AF_UNIX, SOCK_STREAM), ends[1]);
  host_.start(std::move(other));
  send(fresh, request);
  return fresh;
}

void timed_service::receive(asking& a) {
  std::array<char, 65536> room;
  for (;;) {
    const auto n = ::recv(a.socket, room.data(), room.size(), 0);
    if (n <= 0) return;
    a.answer.append(room.data(), static_cast<std::size_t>(n));
  }
}

// All that can be done without waiting is done before more time passes.
void timed_service::pass_and_settle(duration d) {
  pass(d);
  thread.context.restart();
  while (thread.context.poll() > 0) {
  }
  for (auto& each : clients_) receive(*each);
}

server_timing timing_of(const timed_service::asking& asked, const std::string& status) {
  INFO(asked.answer.substr(0, 500));
  CHECK(asked.answer.starts_with("HTTP/1.1 " + status));
  const auto t = server_timing::in(asked.answer);
  CAPTURE(t.spent, t.beside, t.total);
  CHECK(t.sum() == Approx(t.total).epsilon(0.05));
  return t;
}

bool timed_service::asking::whole() const {
  const auto head = answer.find("\r\n\r\n");
  if (head == answer.npos) return false;
  const auto length = answer.find("Content-Length: ");
  return length < head && answer.size() >= head + 4 + std::stoul(answer.substr(length + 16));
}

io::awaitable<result<std::unique_ptr<fetch::source>>> timed_service::spy::open(
    const fetch::request& r) {
  const std::size_t number = seen.size();
  seen.push_back(r.steps);
  auto opening = inner.open(r);
  auto opened = co_await std::move(opening);
  seen[number] = nullptr;
  co_return opened;
}

// The one that grows with time.
std::optional<tailrace::stage> timed_service::step(std::size_t fetch) const {
  if (spy_.seen.at(fetch) == nullptr) return std::nullopt;
  const auto now = time.now();
  const auto before = spy_.seen.at(fetch)->spent(now);
  const auto after = spy_.seen.at(fetch)->spent(now + 1s);
  for (std::size_t i = 0; i < stage_names.size(); ++i)
    if (const auto s = static_cast<tailrace::stage>(i); after.of(s) != before.of(s)) return s;
  return std::nullopt;
}

}  // namespace tailrace::test
