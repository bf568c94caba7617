#include "api/batch.hpp"

#include "api/batch_document.hpp"
#include "api/stream.hpp"
#include "exec/offload.hpp"
#include "http/line_splitter.hpp"

#include <boost/asio/post.hpp>

#include <memory>
#include <span>
#include <utility>

namespace tailrace::api {
namespace {

using namespace std::chrono_literals;

// Reading goes on while fewer results wait for those before them, and fewer bytes of results for
// the client.
constexpr std::size_t waiting_max = 1024;
constexpr std::size_t unsent_bytes_max = 64 << 10;
// A longer text is parsed by a worker: its base64 would hold the thread for too long.
constexpr std::size_t inline_text_bytes_max = 32 << 10;
// After so many items the thread's other work gets its turn.
constexpr unsigned items_without_pause = 32;
constexpr auto progress_interval = 1s;

item_rules rules_of(const context& c, const batch_options& options) {
  return {options.algorithms, c.process.config.uri_bytes_max};
}

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
      reader_(rules_of(c, options_)),
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
  const bool lines = options_.form == batch_form::lines;
  announce_stream(exchange_, lines ? "application/x-ndjson" : "application/json");
  // The one that sends is a child beside the body that reads.
  exec::group_options pair;
  pair.mode = exec::on_error::collect;
  auto both = exec::with_task_group(context_.thread, pair,
                                    [this](exec::task_group& group) -> io::awaitable<result<void>> {
                                      auto sending = send_results();
                                      auto spawning = group.spawn(std::move(sending));
                                      (void)co_await std::move(spawning);
                                      auto feeding = feed_and_end();
                                      co_return co_await std::move(feeding);
                                    });
  auto done = co_await std::move(both);
  if (done.has_value() && broken_) co_return error(exchange_.called_off.why());
  co_return done;
}

// All of it is known to be JSON before anything of it is done.
io::awaitable<result<void>> batch::read_document() {
  const std::uint64_t most = context_.process.config.batch_document_bytes_max;
  auto collecting = collect(context_, *exchange_.body, most, "batch-document-bytes-max", nullptr,
                            exchange_.stages);
  auto source = co_await std::move(collecting);
  if (source.has_error()) co_return source.error();
  document_ = std::move(*source);
  exec::job_options job(options_.until, exchange_.called_off.flag());
  auto check = [text = as_text(document_.bytes())] { return check_document(text); };
  auto checking =
      exec::offload(context_.process.lanes.short_lane(), std::move(job), std::move(check));
  co_return co_await std::move(checking);
}

// Ends the results with the summary, if all that was sent has been taken; or as fail_fast has it.
io::awaitable<result<void>> batch::feed_and_end() {
  // Whichever way it ends, the one that sends must hear of it.
  const auto end = [this](batch*) noexcept {
    complete_ = true;
    results_ready_.ring();
  };
  const std::unique_ptr<batch, decltype(end)> at_end(this, end);
  exec::group_options items;
  items.concurrent_max = options_.concurrent_max;
  items.mode = exec::on_error::collect;
  items.until = options_.until;
  items.parent = &exchange_.called_off;
  result<void> taken;
  auto feeding = exec::with_task_group(
      context_.thread, items, [&](exec::task_group& group) -> io::awaitable<result<void>> {
        auto feeding_in = feed(group);
        taken = co_await std::move(feeding_in);
        // What comes after the item that failed does not matter any more, only if it was that.
        if (taken.has_error() && taken.error().code == errc::cancelled) taken = result<void>();
        auto flushing = work_.flush(group);
        co_await std::move(flushing);
        co_return result<void>();
      });
  (void)co_await std::move(feeding);
  if (broken_) co_return error(exchange_.called_off.why());
  // A request of which nothing could be read is answered like any other that is refused.
  const bool refused = results_.counts().total == 0 && !exchange_.stream.begun();
  if (taken.has_value()) {
    results_.finish();
  } else if (!refused) {
    results_.give_up(taken.error());
  }
  co_return taken;
}

io::awaitable<result<void>> batch::feed(exec::task_group& items) {
  auto feeding = options_.form == batch_form::lines ? feed_lines(items) : feed_document(items);
  co_return co_await std::move(feeding);
}

io::awaitable<result<void>> batch::feed_document(exec::task_group& items) {
  document_items texts(as_text(document_.bytes()));
  auto text = texts.next();
  while (text) {
    auto reading = read(*text, 1);
    auto one = co_await std::move(reading);
    auto taking = take(items, std::move(one));
    co_await std::move(taking);
    if (broken_) co_return error(exchange_.called_off.why());
    text = texts.next();
  }
  co_return result<void>();
}

io::awaitable<result<void>> batch::feed_lines(exec::task_group& items) {
  auto memory = context_.process.memory.try_take(context::slice_bytes, admission::use::batch);
  if (!memory) co_return error(errc::memory_exhausted, "the memory budget is used up");
  const auto slice = std::make_unique_for_overwrite<std::byte[]>(context::slice_bytes);
  const std::span<std::byte> room(slice.get(), context::slice_bytes);
  http::line_splitter splitter(context_.process.config.batch_line_bytes_max);
  for (bool more = true; more;) {
    // What is held of a line, twice over, since it grows by being copied.
    auto held = context_.process.memory.try_take(2 * splitter.held_bytes(), admission::use::batch);
    if (!held) co_return error(errc::memory_exhausted, "the memory budget is used up");
    auto reading = exchange_.body->read_some(room);
    const auto n = co_await std::move(reading);
    if (n.has_error()) co_return n.error();
    more = *n > 0;
    std::string_view input = as_text(room.first(*n));
    auto line = more ? splitter.next(input) : splitter.last();
    while (line) {
      parsed_item one;
      if (line->too_long) {
        one.wrong = too_long(line->number);
      } else {
        auto reading_item = read(line->text, line->number);
        one = co_await std::move(reading_item);
      }
      auto taking = take(items, std::move(one));
      co_await std::move(taking);
      if (broken_) co_return error(exchange_.called_off.why());
      line = splitter.next(input);
    }
    // What is here is worked on before more is waited for.
    auto flushing = work_.flush(items);
    co_await std::move(flushing);
  }
  co_return result<void>();
}

error batch::too_long(std::uint64_t line) const {
  const std::string what =
      options_.form == batch_form::lines ? "line " + std::to_string(line) : std::string("an item");
  return error(errc::body_too_large,
               what + " is longer than " +
                   std::to_string(context_.process.config.batch_line_bytes_max) +
                   " bytes (batch-line-bytes-max)");
}

io::awaitable<parsed_item> batch::read(std::string_view text, std::uint64_t line) {
  if (text.size() <= inline_text_bytes_max) co_return reader_.read(text, line);
  parsed_item none;
  if (text.size() > context_.process.config.batch_line_bytes_max) {
    none.wrong = too_long(line);
    co_return none;
  }
  auto memory = context_.process.memory.try_take(item_reader::growth_max * text.size(),
                                                 admission::use::batch);
  if (!memory) {
    none.wrong = error(errc::memory_exhausted, "the memory budget is used up");
    co_return none;
  }
  exec::job_options job(options_.until, exchange_.called_off.flag());
  auto parse = [this, text, line] { return reader_.read(text, line); };
  auto parsing =
      exec::offload(context_.process.lanes.short_lane(), std::move(job), std::move(parse));
  auto parsed = co_await std::move(parsing);
  if (parsed.has_value()) co_return std::move(*parsed);
  // The queue is full: what was accepted goes on, at the pace of this thread.
  if (parsed.error().code == errc::overloaded) co_return reader_.read(text, line);
  const bool called_off = exchange_.called_off.called_off();
  none.wrong = called_off ? error(exchange_.called_off.why()) : parsed.error();
  co_return none;
}

// Every item that is taken gets a result, called off or not.
io::awaitable<void> batch::take(exec::task_group& items, parsed_item one) {
  if (++taken_without_pause_ >= items_without_pause) {
    taken_without_pause_ = 0;
    co_await boost::asio::post(io::use_awaitable);
  }
  auto waiting = wait_for_room(items);
  co_await std::move(waiting);
  if (broken_) co_return;
  const std::uint64_t index = results_.begin();
  if (one.wrong) {
    ended(index, one.item, *one.wrong);
  } else {
    auto starting = work_.start(items, index, std::move(one.item));
    co_await std::move(starting);
  }
}

// Waits for the client though the batch be called off: its results are still to be sent.
io::awaitable<void> batch::wait_for_room(exec::task_group& items) {
  const auto full = [this] {
    return results_.waiting() >= waiting_max ||
           results_.held_bytes() + results_.text().size() >= unsent_bytes_max;
  };
  while (full() && !broken_) {
    // The result that all others wait for may be that of an item which waits for company.
    auto flushing = work_.flush(items);
    co_await std::move(flushing);
    if (!full() || broken_) co_return;
    auto waiting = room_.wait();
    co_await std::move(waiting);
  }
}

void batch::ended(std::uint64_t index, const batch_item& item, result<digested> how) noexcept {
  using metrics::item_outcome;
  try {
    if (how.has_value() && item.verify) {
      const auto same = check(*item.verify, how->digests);
      if (same.has_error()) how = same.error();
    }
    if (how.has_value()) {
      results_.ok(index, item.id, how->bytes, how->digests);
      context_.cells.batch_item(item_outcome::ok);
    } else {
      const bool cancelled = how.error().code == errc::cancelled;
      if (!cancelled) context_.cells.batch_item_failed(how.error().code);
      results_.failed(index, item.id, how.error());
      context_.cells.batch_item(cancelled ? item_outcome::cancelled : item_outcome::failed);
      if (options_.on_error == exec::on_error::fail_fast)
        exchange_.called_off.call_off(errc::cancelled);
    }
  } catch (const std::exception&) {
    give_up(errc::internal);  // a result is lost: there is no memory
  }
  results_ready_.ring();
  room_.ring();
}

void batch::give_up(errc why) noexcept {
  broken_ = true;
  exchange_.called_off.call_off(why);
  room_.ring();
}

io::awaitable<result<void>> batch::send_results() {
  // Whichever way it ends, nothing is sent any more: nobody may wait for that.
  const auto end = [this](batch*) noexcept {
    if (!complete_ || !results_.text().empty()) give_up(errc::client_gone);
  };
  const std::unique_ptr<batch, decltype(end)> at_end(this, end);
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
  give_up(errc::client_gone);
  co_return sent;
}

void batch::add_progress() {
  const time_point now = context_.thread.time.now();
  if (!options_.progress || complete_ || now < progress_due_) return;
  results_.progress();
  progress_due_ = now + progress_interval;
}

}  // namespace tailrace::api
