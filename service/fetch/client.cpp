#include "fetch/client.hpp"

#include "fetch/answer.hpp"
#include "fetch/answer_reader.hpp"
#include "fetch/hedge.hpp"
#include "fetch/http_source.hpp"
#include "fetch/request_text.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

namespace tailrace::fetch {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t status_line_max = 1024;

// Ended from our side, so that sending again would be wrong.
bool is_ours(const error_code& ec) noexcept {
  return ec == asio::error::timed_out || ec == asio::error::operation_aborted;
}

error broken(const error_code& ec, bool answer_begun) {
  if (ec == asio::error::operation_aborted) return error(errc::client_gone);
  if (ec == asio::error::timed_out)
    return error(errc::origin_timeout, "the origin does not answer in time");
  const std::string why = ec ? ec.message() : "it closed the connection";
  if (answer_begun) return error(errc::origin_incomplete, "the origin's answer broke off: " + why);
  return error(errc::origin_unreachable, "the origin did not answer: " + why);
}

}  // namespace

client::client(const settings& s, io::thread& on, const address_policy& policy,
               asio::ssl::context& tls, stats& counts, const std::string& dns_servers,
               origin_board* board)
    : settings_(s),
      thread_(on),
      policy_(policy),
      counts_(counts),
      dialer_(s, on, policy, tls, counts, dns_servers),
      keeper_(s, on),
      origins_(origin_limits(s), counts, board, on.index) {}

io::awaitable<result<std::unique_ptr<source>>> client::get(url from, const request& r) {
  progress own;
  progress& steps = r.steps != nullptr ? *r.steps : own;
  const progress_end end(steps, thread_.time);
  for (unsigned redirects = 0;; ++redirects) {
    const auto verdict = policy_.judge(from);
    if (verdict.has_error()) co_return verdict.error();
    auto asking = ask(from, r, steps);
    auto a = co_await std::move(asking);
    if (a.has_error()) co_return a.error();
    auto next = judge_answer(a->head, a->framing, from, r.bytes_max,
                             settings_.redirects_max - redirects, settings_.uri_bytes_max,
                             !r.if_none_match.empty() || !r.if_modified_since.empty());
    if (next.has_value() && !next->has_value()) {
      auto body = std::make_unique<http_source>(*this, std::move(*a), r);
      co_return std::unique_ptr<source>(std::move(body));
    }
    settle(std::move(*a));
    if (next.has_error()) co_return next.error();
    from = std::move(**next);
  }
}

std::unique_ptr<connection> client::idle(const std::string& key) {
  auto c = keeper_.take(key);
  if (c && policy_.judge(c->peer()).has_error()) c.reset();
  return c;
}

// An answer whose body nobody wants: the connection is kept when the body is here already.
void client::settle(answered a) {
  connection& c = *a.on;
  const bool counted =
      a.framing.kind == http::body_kind::none || a.framing.kind == http::body_kind::length;
  if (!counted || a.framing.length != c.pending().size() || !a.framing.keep_alive) return;
  c.begin = c.end;
  keeper_.give_back(std::move(a.key), std::move(a.on));
}

io::awaitable<result<answered>> client::ask(const url& to, const request& r, progress& steps) {
  const std::string key = keeper::key_of(to);
  origin_visit visit(origins_, key);
  auto taking = take_turn(visit, r, steps);
  const auto taken = co_await std::move(taking);
  if (taken.has_error()) co_return taken.error();
  for (unsigned asked = 1;; ++asked) {
    if (!visit.ask(thread_.time.now())) co_return visit.suspension(thread_.time.now());
    if (asked == 1) visit.retries().earn();
    attempt how;
    how.reused = asked == 1;
    const bool hedged = asked == 1 && settings_.origin_hedging && visit.usual().p95();
    const time_point began = thread_.time.now();
    auto asking =
        hedged ? ask_hedged(key, to, r, steps, how, visit) : ask_once(key, to, r, steps, how);
    auto a = co_await std::move(asking);
    if (settings_.origin_hedging && !hedged && a.has_value())
      visit.usual().record(thread_.time.now() - began);
    const auto again = judge(a, how, r, visit);
    // A stale connection is replaced whatever the budget: it was earned by a whole answer.
    const bool may =
        again && asked < attempt::most && (*again == retry::stale || visit.retries().spend());
    if (!may) {
      if (a.has_value()) a->visit = std::move(visit);
      co_return a;
    }
    counts_.record(*again);
    if (a.has_value()) settle(std::move(*a));
  }
}

io::awaitable<result<void>> client::take_turn(origin_visit& at, const request& r, progress& steps) {
  const time_point now = thread_.time.now();
  if (at.suspended(now)) co_return at.suspension(now);
  if (at.enter()) co_return result<void>();
  steps.enter(stage::queue, now);
  const auto wait = std::chrono::milliseconds(settings_.origin_wait_timeout_ms);
  auto waiting = at.turn(thread_, std::min(r.until, deadline::after(now, wait)), r.called_off);
  co_return co_await std::move(waiting);
}

// Tells the breaker, and says why the request might be sent again, if so.
std::optional<retry> client::judge(const result<answered>& a, const attempt& how, const request& r,
                                   origin_visit& at) {
  const time_point now = thread_.time.now();
  std::optional<errc> failed;
  if (a.has_error()) failed = a.error().code;
  at.report(verdict_of(failed, how, r.until.passed(now)), failed.value_or(errc::internal), now);
  if (at.suspended(now) || r.until.passed(now)) return std::nullopt;
  return failed ? retry_after(*failed, how) : retry_after(a->head);
}

io::awaitable<result<answered>> client::ask_once(const std::string& key, const url& to,
                                                 const request& r, progress& steps, attempt& how) {
  std::unique_ptr<connection> c;
  if (how.reused) c = idle(key);
  how.reused = c != nullptr;
  if (how.reused) {
    counts_.connections_reused.add();
    c->serve(r.called_off);
  } else {
    const auto connect_time = std::chrono::milliseconds(settings_.connect_timeout_ms);
    const deadline connected_by = deadline::after(thread_.time.now(), connect_time);
    auto dialing = dialer_.dial(to, std::min(r.until, connected_by), r.called_off, steps);
    auto fresh = co_await std::move(dialing);
    if (fresh.has_error()) co_return fresh.error();
    c = std::move(*fresh);
  }
  auto asking = ask_on(std::move(c), key, to, r, steps, how.unanswered);
  co_return co_await std::move(asking);
}

io::awaitable<result<answered>> client::ask_hedged(const std::string& key, const url& to,
                                                   const request& r, progress& steps, attempt& how,
                                                   origin_visit& at) {
  origin_visit second;  // ends after its connection
  auto ask = [&](hedge::asking& a) { return ask_once(key, to, a.asked, a.steps, a.how); };
  hedge both(thread_, r, steps, ask);
  auto may = [&] { return may_hedge(key, at, second); };
  auto asking = both.run(*at.usual().p95(), may);
  co_await std::move(asking);
  hedge::asking& one = both.winner();
  how = one.how;
  result<answered> a = std::move(*one.outcome);
  if (a.has_value()) at.usual().record(both.first_took());
  if (a.has_value()) a->on->serve(r.called_off);
  co_return a;
}

// Only where a connection is free, and out of the budget for sending again.
bool client::may_hedge(const std::string& key, origin_visit& first, origin_visit& second) {
  const time_point now = thread_.time.now();
  origin_visit more(origins_, key);
  if (first.suspended(now) || !more.enter() || !more.ask(now) || !first.retries().spend())
    return false;
  second = std::move(more);
  counts_.record(retry::hedge);
  return true;
}

io::awaitable<result<answered>> client::ask_on(std::unique_ptr<connection> c, std::string key,
                                               const url& to, const request& r, progress& steps,
                                               bool& unanswered) {
  const time_point start = thread_.time.now();
  steps.enter(stage::wait, start);
  const auto wait = std::chrono::milliseconds(settings_.origin_wait_timeout_ms);
  answered a(std::move(c), std::move(key));
  a.on->arm(std::min(r.until, deadline::after(start, wait)));
  const std::string text = request_text(to, r);
  auto writing = a.on->write(text);
  const error_code ec = co_await std::move(writing);
  if (ec) {
    unanswered = !is_ours(ec);
    co_return broken(ec, false);
  }
  auto receiving = receive_head(std::move(a), unanswered);
  co_return co_await std::move(receiving);
}

io::awaitable<result<answered>> client::receive_head(answered a, bool& unanswered) {
  connection& c = *a.on;
  http::head_limits limits;
  limits.bytes_max = settings_.header_bytes_max;
  limits.fields_max = settings_.header_fields_max;
  limits.line_max = status_line_max;
  c.buffer.resize(limits.bytes_max + status_line_max);
  c.begin = c.end = 0;
  answer_reader reader(limits);
  for (;;) {
    if (c.end == c.buffer.size())
      co_return error(errc::origin_bad_response, "the head of the origin's answer is too large");
    error_code ec;
    const auto room = std::as_writable_bytes(std::span(c.buffer).subspan(c.end));
    auto receiving = c.read_some(room, ec);
    const std::size_t n = co_await std::move(receiving);
    if (n == 0) {
      unanswered = c.end == 0 && !is_ours(ec);
      co_return broken(ec, c.end > 0);
    }
    c.end += n;
    const auto found = reader.feed(c.pending());
    if (found.has_error()) co_return found.error();
    if (!found->has_value()) continue;
    c.arm(deadline{});
    a.head = reader.head();
    a.framing = reader.framing();
    c.begin = **found;
    co_return std::move(a);
  }
}

}  // namespace tailrace::fetch
