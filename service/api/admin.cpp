#include "api/admin.hpp"

#include "api/probes.hpp"
#include "api/routes.hpp"
#include "http/json.hpp"
#include "http/problem.hpp"

#include <utility>

namespace tailrace::api {

admin::admin(shared& process, const metrics::registry& all, metrics::http_cells& cells,
             std::function<std::string()> describe_config)
    : process_(process),
      metrics_(all),
      cells_(cells),
      describe_config_(std::move(describe_config)) {}

bool admin::try_answer(io::exchange& e) {
  e.route = find_route(e.target.path, true);
  if (e.route == other_route) {
    if (!answer_debug(e))
      refuse(e, error(errc::route_not_found, "no route " + std::string(e.target.path)));
    return true;
  }
  if (!allows(routes[e.route], e.head.method)) {
    refuse(e, error(errc::method_not_allowed));
    e.answer.add("Allow", allowed_methods(routes[e.route]));
    return true;
  }
  if (e.head.method == http::method::options) {
    e.answer.status = 204;
    e.answer.add("Allow", allowed_methods(routes[e.route]));
  } else if (routes[e.route].to == endpoint::metrics) {
    e.answer.content_type = metrics::registry::content_type;
    e.answer.text = metrics_.exposition();
  } else {
    answer_probe(e.answer, routes[e.route].to, process_.ready);
  }
  return true;
}

// What only somebody on the machine itself may see.
bool admin::answer_debug(io::exchange& e) {
  if (!e.client || !e.client->is_loopback() || e.head.method != http::method::get) return false;
  if (e.target.path == "/debug/config") {
    e.answer.content_type = "text/plain; charset=utf-8";
    e.answer.text = describe_config_();
    return true;
  }
  if (e.target.path == "/debug/executor") {
    e.answer.content_type = "application/json";
    e.answer.text = describe_executor();
    return true;
  }
  return false;
}

std::string admin::describe_executor() const {
  std::string text;
  http::json_object json(text);
  const auto describe = [&](std::string_view lane, const exec::executor& which) {
    const exec::statistics now = which.snapshot();
    json.key(lane);
    http::json_object one(text);
    one.add("workers", std::uint64_t{now.workers});
    one.add("pending", std::uint64_t{now.pending});
    one.add("run", now.run);
    one.add("dropped_cancelled", now.dropped_cancelled);
    one.add("dropped_late", now.dropped_late);
    one.add("steals", now.steals);
    one.add("wakeups", now.wakeups);
    one.close();
  };
  describe("short", std::as_const(process_.lanes).short_lane());
  describe("long", std::as_const(process_.lanes).long_lane());
  json.close();
  text.push_back('\n');
  return text;
}

io::awaitable<void> admin::answer(io::exchange&) {
  co_return;
}

void admin::refuse(io::exchange& e, const error& why) {
  http::write_problem(e.answer, why, {});
}

void admin::finished(io::exchange& e, duration took, bool) {
  cells_.request(e.route, static_cast<std::size_t>(e.head.method), e.answer.status, took);
}

}  // namespace tailrace::api
