#include "api/batch.hpp"

#include "api/collect.hpp"
#include "exec/offload.hpp"
#include "http/line_splitter.hpp"

#include <boost/asio/post.hpp>

#include <memory>
#include <span>
#include <utility>

namespace tailrace::api {
namespace {

using namespace std::chrono_literals;

// Reading goes on while fewer results wait for those before them, and fewer bytes for the client.
constexpr std::size_t waiting_max = 1024;
constexpr std::size_t unsent_bytes_max = 64 << 10;
// A longer line is parsed by a worker: its base64 would hold the thread for too long.
constexpr std::size_t inline_line_bytes_max = 32 << 10;
// After so many items the thread's other work gets its turn.
constexpr unsigned items_without_pause = 32;
// Parsed, a document is no more than so many times as large.
constexpr std::uint64_t document_growth = 8;
constexpr auto progress_interval = 1s;

}  // namespace

batch::batch(context& c, io::exchange& e, batch_options options)
    : context_(c),
      exchange_(e),
      options_(std::move(options)),
      results_(options_.order, options_.form),
      work_(c, e, options_.until,
            [this](std::uint64_t index, const batch_item& item, result<digested> how) {
              ended(index, item, std::move(how));
            }),
      progress_due_(c.thread.time.now() + progress_interval),
      results_ready_(c.thread),
      room_(c.thread) {}

io::awaitable<result<void>> batch::run() {
  exchange_.body_until = options_.until;
  if (options_.form == batch_form::json) {
    auto reading = read_document();
    const auto read = co_await std::move(reading);
    if (read.has_error()) co_return read;
  }
  exchange_.answer.content_type =
      options_.form == batch_form::json ? "application/json" : "application/x-ndjson";
  exchange_.answer.add("X-Request-Id", exchange_.request_id);
  // The one that sends is a child beside the body that reads.
  exec::group_options pair;
  pair.mode = exec::on_error::collect;
  result<void> fed;
  auto both = exec::with_task_group(context_.thread, pair,
                                    [&](exec::task_group& group) -> io::awaitable<result<void>> {
                                      auto sending = send_results();
                                      auto spawning = group.spawn(std::move(sending));
                                      (void)co_await std::move(spawning);
                                      auto feeding = feed_and_end();
                                      fed = co_await std::move(feeding);
                                      co_return result<void>();
                                    });
  (void)co_await std::move(both);
  co_return fed;
}

io::awaitable<result<void>> batch::read_document() {
  const std::uint64_t most = context_.process.config.batch_document_bytes_max;
  auto collecting = collect(context_, *exchange_.body, most, "batch-document-bytes-max", nullptr,
                            exchange_.stages);
  const auto source = co_await std::move(collecting);
  if (source.has_error()) co_return source.error();
  auto memory = context_.process.memory.try_take(source->size * document_growth);
  if (!memory) co_return error(errc::memory_exhausted, "the memory budget is used up");
  exchange_.memory = std::move(*memory);
  exec::job_options job(options_.until, exchange_.called_off.flag());
  auto parse = [text = as_text(source->bytes()), this] {
    return api::read_document(text, options_.algorithms);
  };
  auto parsing =
      exec::offload(context_.process.lanes.short_lane(), std::move(job), std::move(parse));
  auto parsed = co_await std::move(parsing);
  if (parsed.has_error()) co_return parsed.error();
  document_ = std::move(*parsed);
  co_return result<void>();
}

// Ends the results with the summary, if all that was sent has been taken; or as fail_fast has it.
io::awaitable<result<void>> batch::feed_and_end() {
  exec::group_options items;
  items.concurrent_max = options_.concurrent_max;
  items.mode = exec::on_error::collect;
  items.until = options_.until;
  items.parent = &exchange_.called_off;
  result<void> taken;
  auto feeding = exec::with_task_group(context_.thread, items,
                                       [&](exec::task_group& group) -> io::awaitable<result<void>> {
                                         auto feeding_in = feed(group);
                                         taken = co_await std::move(feeding_in);
                                         auto flushing = work_.flush(group);
                                         co_await std::move(flushing);
                                         co_return result<void>();
                                       });
  (void)co_await std::move(feeding);
  const io::cancellation& called_off = exchange_.called_off;
  if (called_off.called_off() && called_off.why() == errc::cancelled) taken = result<void>();
  // A request of which nothing could be read is answered like any other that is refused.
  const bool refused = results_.counts().total == 0 && !exchange_.stream.begun();
  if (taken.has_value()) {
    results_.finish();
  } else if (!refused) {
    results_.give_up(taken.error());
  }
  complete_ = true;
  results_ready_.ring();
  co_return taken;
}

io::awaitable<result<void>> batch::feed(exec::task_group& items) {
  if (options_.form == batch_form::lines) {
    auto feeding = feed_lines(items);
    co_return co_await std::move(feeding);
  }
  for (parsed_item& one : document_) {
    auto taking = take(items, std::move(one));
    co_await std::move(taking);
  }
  co_return result<void>();
}

io::awaitable<result<void>> batch::feed_lines(exec::task_group& items) {
  auto memory = context_.process.memory.try_take(context::slice_bytes);
  if (!memory) co_return error(errc::memory_exhausted, "the memory budget is used up");
  const auto slice = std::make_unique_for_overwrite<std::byte[]>(context::slice_bytes);
  const std::span<std::byte> room(slice.get(), context::slice_bytes);
  http::line_splitter splitter(context_.process.config.batch_line_bytes_max);
  for (bool more = true; more;) {
    auto reading = exchange_.body->read_some(room);
    const auto n = co_await std::move(reading);
    if (n.has_error()) co_return n.error();
    more = *n > 0;
    std::string_view input = as_text(room.first(*n));
    auto line = more ? splitter.next(input) : splitter.last();
    while (line) {
      auto reading_item = read_line(*line);
      auto one = co_await std::move(reading_item);
      if (one.has_error()) co_return one.error();
      auto taking = take(items, std::move(*one));
      co_await std::move(taking);
      line = splitter.next(input);
    }
    // What is here is worked on before more is waited for.
    auto flushing = work_.flush(items);
    co_await std::move(flushing);
  }
  co_return result<void>();
}

io::awaitable<result<parsed_item>> batch::read_line(http::line_splitter::line line) {
  const hash::algorithm_list& usual = options_.algorithms;
  if (line.too_long) {
    parsed_item none;
    none.wrong = error(errc::body_too_large,
                       "line " + std::to_string(line.number) + " is longer than " +
                           std::to_string(context_.process.config.batch_line_bytes_max) +
                           " bytes (batch-line-bytes-max)");
    co_return none;
  }
  if (line.text.size() <= inline_line_bytes_max)
    co_return lines_.read(line.text, line.number, usual);
  auto memory = context_.process.memory.try_take(2 * line.text.size());
  if (!memory) co_return error(errc::memory_exhausted, "the memory budget is used up");
  exec::job_options job(options_.until, exchange_.called_off.flag());
  auto parse = [this, line, &usual] { return lines_.read(line.text, line.number, usual); };
  auto parsing =
      exec::offload(context_.process.lanes.short_lane(), std::move(job), std::move(parse));
  co_return co_await std::move(parsing);
}

// Every item that is taken gets a result, called off or not.
io::awaitable<void> batch::take(exec::task_group& items, parsed_item one) {
  if (++taken_without_pause_ >= items_without_pause) {
    taken_without_pause_ = 0;
    co_await boost::asio::post(io::use_awaitable);
  }
  auto waiting = wait_for_room();
  co_await std::move(waiting);
  const std::uint64_t index = results_.begin();
  if (one.wrong) {
    ended(index, one.item, *one.wrong);
  } else {
    auto starting = work_.start(items, index, std::move(one.item));
    co_await std::move(starting);
  }
}

void batch::ended(std::uint64_t index, const batch_item& item, result<digested> how) {
  if (how.has_value() && item.verify) {
    const auto same = check(*item.verify, how->digests);
    if (same.has_error()) how = same.error();
  }
  using metrics::item_outcome;
  if (how.has_value()) {
    results_.ok(index, item.id, how->bytes, how->digests);
    context_.cells.batch_item(item_outcome::ok);
  } else {
    const bool cancelled = how.error().code == errc::cancelled;
    results_.failed(index, item.id, how.error());
    context_.cells.batch_item(cancelled ? item_outcome::cancelled : item_outcome::failed);
    if (options_.on_error == exec::on_error::fail_fast)
      exchange_.called_off.call_off(errc::cancelled);
  }
  results_ready_.ring();
}

// Waits for the client, though the batch be called off: its results are still to be sent.
io::awaitable<void> batch::wait_for_room() {
  const auto full = [this] {
    return results_.waiting() >= waiting_max || results_.text().size() >= unsent_bytes_max;
  };
  while (full() && !client_left_) {
    auto waiting = room_.wait();
    co_await std::move(waiting);
  }
}

io::awaitable<result<void>> batch::send_results() {
  std::string piece;
  result<void> sent;
  while (sent.has_value()) {
    add_progress();
    if (results_.text().empty()) {
      if (complete_) co_return result<void>();
      auto waiting = results_ready_.wait(options_.progress ? deadline(progress_due_) : deadline());
      co_await std::move(waiting);
      continue;
    }
    piece.clear();
    piece.swap(results_.text());
    room_.ring();
    auto sending = exchange_.stream.write(piece);
    sent = co_await std::move(sending);
  }
  client_left_ = true;
  exchange_.called_off.call_off(errc::client_gone);
  room_.ring();
  co_return sent;
}

void batch::add_progress() {
  const time_point now = context_.thread.time.now();
  if (!options_.progress || complete_ || now < progress_due_) return;
  results_.progress();
  progress_due_ = now + progress_interval;
}

}  // namespace tailrace::api
