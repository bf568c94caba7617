#include "api/source_request.hpp"

#include "http/trace_context.hpp"

#include <algorithm>
#include <charconv>

namespace tailrace::api {

result<source_request> take_source(parameters& query, const io::exchange& e,
                                   std::string_view algorithms_name) {
  source_request wanted;
  if (e.head.method != http::method::post) {
    auto url = query.require("url");
    if (url.has_error()) return url.error();
    wanted.url = std::move(*url);
  }
  if (const auto list = query.take(algorithms_name)) {
    auto algorithms = hash::parse_algorithms(*list);
    if (algorithms.has_error()) return algorithms.error();
    wanted.algorithms = std::move(*algorithms);
  }
  if (const auto text = query.take("verify")) {
    auto expected = hash::parse_expectation(*text);
    if (expected.has_error()) return expected.error();
    const auto& all = wanted.algorithms;
    if (std::find(all.begin(), all.end(), expected->which) == all.end())
      wanted.algorithms.push_back(expected->which);
    wanted.verify = std::move(*expected);
  }
  return wanted;
}

result<deadline> take_timeout(parameters& query, const io::exchange& e, deadline otherwise) {
  const auto text = query.take("timeout_ms");
  if (!text) return otherwise;
  std::int64_t ms = 0;
  const char* end = text->data() + text->size();
  const auto [stop, bad] = std::from_chars(text->data(), end, ms);
  if (bad != std::errc{} || stop != end || ms < 1 || ms > timeout_ms_max)
    return error(errc::bad_parameter,
                 "timeout_ms must be a whole number from 1 to " + std::to_string(timeout_ms_max));
  return std::min(otherwise, deadline::after(e.started, std::chrono::milliseconds(ms)));
}

namespace {

// What the request came through, with us at its end; source_refused when we are in it already, for
// then a source leads back here.
result<std::string> via_of(const shared& process, const http::fields& fields) {
  std::string via;
  for (const http::field& f : fields) {
    if (f.id != http::field_name::via) continue;
    if (http::list_has(f.value, process.via))
      return error(errc::source_refused, "the source leads back to this service");
    via.append(f.value).append(", ");
  }
  return via.append(process.via);
}

}  // namespace

io::awaitable<result<std::unique_ptr<fetch::source>>> open_url(context& c, const io::exchange& e,
                                                               fetch::request r, std::uint64_t span,
                                                               stage_times& stages) {
  auto via = via_of(c.process, e.head.fields);
  if (via.has_error()) co_return via.error();
  r.via = std::move(*via);
  if (const auto trace = http::trace_of(e.head.fields)) {
    r.traceparent = http::traceparent_text(*trace, http::span_id_text(span));
    r.tracestate = http::tracestate_of(e.head.fields);
  }
  fetch::progress steps;
  r.steps = &steps;
  auto opening = c.fetcher.open(r);
  auto fetched = co_await std::move(opening);
  stages.add(steps.spent(c.thread.time.now()));
  co_return fetched;
}

io::awaitable<result<opened_source>> open_source(context& c, io::exchange& e,
                                                 const source_request& wanted, deadline until,
                                                 std::uint64_t bytes_max,
                                                 const revalidation* known) {
  opened_source opened(*e.body);
  if (wanted.url.empty()) {
    const std::uint64_t announced = e.body->size().value_or(0);
    if (bytes_max != 0 && announced > bytes_max)
      co_return error(errc::body_too_large, std::to_string(announced) + " bytes, at most " +
                                                std::to_string(bytes_max) + " are allowed");
    e.body_until = until;
    co_return opened;
  }
  fetch::request r(wanted.url);
  r.until = until;
  r.bytes_max = bytes_max;
  r.called_off = &e.called_off;
  if (known != nullptr) known->ask(r);
  e.span = c.ids.next();
  auto opening = open_url(c, e, std::move(r), e.span, e.stages);
  auto fetched = co_await std::move(opening);
  if (fetched.has_error()) co_return fetched.error();
  opened.fetched = std::move(*fetched);
  opened.bytes = opened.fetched.get();
  co_return opened;
}

}  // namespace tailrace::api
