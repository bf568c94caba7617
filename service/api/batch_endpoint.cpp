#include "api/batch.hpp"
#include "api/endpoints.hpp"
#include "api/parameters.hpp"
#include "api/source_request.hpp"
#include "http/media_type.hpp"

#include <charconv>

namespace tailrace::api {
namespace {

result<batch_form> take_form(const io::exchange& e) {
  const http::field* const sent = e.head.fields.find(http::field_name::content_type);
  const auto type = http::media_type(sent != nullptr ? sent->value : std::string_view());
  if (http::equal_ignoring_case(type, "application/json")) return batch_form::json;
  if (http::equal_ignoring_case(type, "application/x-ndjson")) return batch_form::lines;
  return error(errc::unsupported_media_type,
               "a batch is application/json, {\"items\":[…]}, or application/x-ndjson, one item a "
               "line");
}

result<std::size_t> take_concurrent_max(parameters& query, unsigned most) {
  const auto text = query.take("max_concurrent");
  if (!text) return std::min<std::size_t>(batch_options().concurrent_max, most);
  long long value = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, bad] = std::from_chars(text->data(), end, value);
  if (bad == std::errc::invalid_argument || stop != end)
    return error(errc::bad_parameter, "max_concurrent must be a whole number");
  if (bad == std::errc{} && value <= 0)
    return error(errc::bad_parameter, "max_concurrent must be greater than 0");
  if (bad != std::errc{} || value > most)
    return error(errc::bad_parameter, "max_concurrent must be at most " + std::to_string(most) +
                                          " (batch-concurrent-max)");
  return static_cast<std::size_t>(value);
}

result<batch_options> parse(context& c, const io::exchange& e) {
  batch_options options;
  auto query = parameters::parse(e.target.query);
  if (query.has_error()) return query.error();
  const auto most = take_concurrent_max(*query, c.process.config.batch_concurrent_max);
  if (most.has_error()) return most.error();
  options.concurrent_max = *most;
  const auto fail_fast = query->take_choice("on_error", "collect", "fail_fast");
  if (fail_fast.has_error()) return fail_fast.error();
  if (*fail_fast) options.on_error = exec::on_error::fail_fast;
  const auto unordered = query->take_choice("order", "input", "completion");
  if (unordered.has_error()) return unordered.error();
  if (*unordered) options.order = batch_order::completion;
  const auto progress = query->take_choice("progress", "0", "1");
  if (progress.has_error()) return progress.error();
  options.progress = *progress;
  options.algorithms.push_back(hash::algorithm::sha256);
  if (const auto list = query->take("algorithm")) {
    auto all = hash::parse_algorithms(*list);
    if (all.has_error()) return all.error();
    options.algorithms = std::move(*all);
  }
  const auto until = take_timeout(*query, e, deadline{});
  if (until.has_error()) return until.error();
  options.until = *until;
  if (const auto done = query->done(); done.has_error()) return done.error();
  const auto form = take_form(e);
  if (form.has_error()) return form.error();
  options.form = *form;
  if (options.progress && options.form == batch_form::json)
    return error(errc::bad_parameter, "progress=1 is for application/x-ndjson alone");
  return options;
}

}  // namespace

io::awaitable<result<void>> answer_batch(context& c, io::exchange& e) {
  auto options = parse(c, e);
  if (options.has_error()) co_return options.error();
  batch under_way(c, e, std::move(*options));
  auto running = under_way.run();
  co_return co_await std::move(running);
}

}  // namespace tailrace::api
