#include "api/batch_work.hpp"

#include "api/source_request.hpp"
#include "compute/hash/sha256_lanes.hpp"
#include "exec/offload.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace tailrace::api {
namespace {

using namespace std::chrono_literals;

// Items in memory go to the executor together: one hop for many. They are several times as many as
// there are lanes, or too many lanes would be empty in the end; and still a short job, of 0.1 ms
// with AVX-512 and 0.3 ms with OpenSSL alone.
constexpr std::size_t wave_items_max = 64;
constexpr std::size_t wave_bytes_max = 512 << 10;
// So few bytes are digested in less time than the hop takes.
constexpr std::size_t wave_inline_bytes_max = 16 << 10;
constexpr auto admission_interval = 5ms;

digested digest_resident(const batch_item& item) {
  hash::hasher h(item.algorithms);
  h.update(item.data);
  return {item.data.size(), h.finish()};
}

// The digests of items in memory, in their order. Those of which only SHA-256 is wanted share the
// lanes of one kernel.
template <class Items>
std::vector<digested> digest_residents(const hash::sha256_plan& plan, const Items& items) {
  std::vector<digested> all(items.size());
  std::vector<hash::sha256> messages(items.size());
  std::vector<hash::sha256_piece> pieces;
  std::vector<std::size_t> index_of_piece;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const batch_item& item = items[i].item;
    if (item.algorithms.size() == 1 && item.algorithms[0] == hash::algorithm::sha256) {
      pieces.push_back({&messages[i], item.data, true, {}});
      index_of_piece.push_back(i);
    } else {
      all[i] = digest_resident(item);
    }
  }
  hash::sha256_lanes lanes(plan);
  lanes.run(pieces);
  for (std::size_t n = 0; n < pieces.size(); ++n)
    all[index_of_piece[n]] = {pieces[n].bytes.size(), hash::digests_of(pieces[n].digest)};
  return all;
}

}  // namespace

io::awaitable<void> batch_work::start(exec::task_group& items, std::uint64_t index,
                                      batch_item item) {
  if (item.url.empty()) {
    keep(index, std::move(item));
    const bool full = wave_.items.size() >= wave_items_max || wave_.bytes >= wave_bytes_max;
    if (!full) co_return;
    auto flushing = flush(items);
    co_await std::move(flushing);
    co_return;
  }
  if (items.full()) {
    // Done by the time there is a place.
    auto flushing = flush(items);
    co_await std::move(flushing);
  }
  auto placing = items.place();
  const auto placed = co_await std::move(placing);
  if (placed.has_error()) {
    ended_(index, item, placed.error());
  } else {
    items.start(run_fetch(items.called_off(), index, std::move(item)));
  }
}

void batch_work::keep(std::uint64_t index, batch_item item) {
  const std::uint64_t bytes_max = context_.process.config.hash_bytes_max;
  if (bytes_max != 0 && item.data.size() > bytes_max)
    return ended_(index, item,
                  error(errc::body_too_large,
                        "more than " + std::to_string(bytes_max) + " bytes (hash-bytes-max)"));
  auto memory = context_.process.memory.try_take(item.data.size(), admission::use::batch);
  if (!memory)
    return ended_(index, item, error(errc::memory_exhausted, "the memory budget is used up"));
  wave_.memory.absorb(std::move(*memory));
  wave_.bytes += item.data.size();
  wave_.items.push_back({index, std::move(item)});
}

// A worker takes it, unless there is little to do; without a place in the group it is waited for,
// and not for fetches.
io::awaitable<void> batch_work::flush(exec::task_group& items) {
  if (wave_.items.empty()) co_return;
  wave full = std::exchange(wave_, wave());
  if (full.bytes <= wave_inline_bytes_max || items.called_off().called_off()) {
    digest_here(items, full);
    co_await boost::asio::post(io::use_awaitable);
  } else if (items.full()) {
    auto running = run_wave(items.called_off(), std::move(full));
    (void)co_await std::move(running);
  } else {
    items.start(run_wave(items.called_off(), std::move(full)));
  }
}

void batch_work::digest_here(exec::task_group& items, const wave& full) {
  const time_point began = context_.thread.time.now();
  std::vector<digested> digests;
  if (!items.called_off().called_off())
    digests = digest_residents(context_.process.sha256, full.items);
  context_.cells.spent(stage::hash, context_.thread.time.now() - began);
  for (std::size_t i = 0; i < full.items.size(); ++i) {
    const resident& one = full.items[i];
    if (items.called_off().called_off()) {
      ended_(one.index, one.item, error(items.called_off().why()));
    } else {
      ended_(one.index, one.item, std::move(digests[i]));
    }
  }
}

// A slice at a time, for when the queue is full: what was accepted is done all the same.
io::awaitable<digested> batch_work::digest_by_slices(const batch_item& item) {
  hash::hasher h(item.algorithms);
  std::span<const std::byte> left = item.data;
  while (!left.empty()) {
    const auto slice = left.first(std::min(left.size(), context::slice_bytes));
    h.update(slice);
    left = left.subspan(slice.size());
    co_await boost::asio::post(io::use_awaitable);
  }
  co_return digested{item.data.size(), h.finish()};
}

io::awaitable<result<void>> batch_work::run_wave(io::cancellation& called_off, wave w) {
  std::vector<digested> digests;
  auto work = [&] { digests = digest_residents(context_.process.sha256, w.items); };
  duration queued{}, ran{};
  exec::job_options job(until_, called_off.flag(), &queued, &ran);
  auto working = exec::offload(context_.process.lanes.short_lane(), std::move(job), work);
  const auto done = co_await std::move(working);
  stage_times stages;
  stages.add(stage::queue, queued);
  stages.add(stage::hash, ran);
  context_.cells.spent(stages);
  for (std::size_t i = 0; i < w.items.size(); ++i) {
    const resident& one = w.items[i];
    if (done.has_value()) {
      ended_(one.index, one.item, std::move(digests[i]));
    } else if (called_off.called_off()) {
      ended_(one.index, one.item, error(called_off.why()));
    } else if (done.error().code == errc::overloaded) {
      auto digesting = digest_by_slices(one.item);
      auto digests_of_one = co_await std::move(digesting);
      ended_(one.index, one.item, std::move(digests_of_one));
    } else {
      ended_(one.index, one.item, done.error());
    }
  }
  co_return result<void>();
}

io::awaitable<result<void>> batch_work::run_fetch(io::cancellation& called_off, std::uint64_t index,
                                                  batch_item item) {
  stage_times stages;
  auto fetching = fetch(called_off, item, stages);
  auto done = co_await std::move(fetching);
  context_.cells.spent(stages);
  // What is called off fails in many ways; the reason is the one it was called off for.
  if (done.has_error() && called_off.called_off()) done = error(called_off.why());
  ended_(index, item, std::move(done));
  co_return result<void>();
}

io::awaitable<result<digested>> batch_work::fetch(io::cancellation& called_off,
                                                  const batch_item& item, stage_times& stages) {
  const std::uint64_t bytes_max = context_.process.config.hash_bytes_max;
  deadline until = until_;
  if (item.timeout)
    until = std::min(until, deadline::after(context_.thread.time.now(), *item.timeout));
  const time_point began = context_.thread.time.now();
  auto admitting = be_admitted(called_off, until);
  const auto permit = co_await std::move(admitting);
  stages.add(stage::queue, context_.thread.time.now() - began);
  if (permit.has_error()) co_return permit.error();
  fetch::request r(item.url);
  r.until = until;
  r.bytes_max = bytes_max;
  r.called_off = &called_off;
  auto opening = open_url(context_, exchange_, std::move(r), context_.ids.next(), stages);
  const auto source = co_await std::move(opening);
  if (source.has_error()) co_return source.error();
  auto digesting = digest_opened(context_, **source, item.algorithms, bytes_max, stages);
  co_return co_await std::move(digesting);
}

// An item counts as a request in flight. It waits for its turn: to refuse it would only make its
// sender send it again.
io::awaitable<result<admission::budget::permit>> batch_work::be_admitted(
    io::cancellation& called_off, deadline until) {
  io::bell nap(context_.thread);
  for (;;) {
    auto permit = context_.process.requests.try_take(1);
    if (permit) co_return std::move(*permit);
    const time_point now = context_.thread.time.now();
    if (until.passed(now)) co_return error(errc::overloaded);
    auto waiting = nap.wait(deadline::after(now, admission_interval), &called_off);
    co_await std::move(waiting);
    if (called_off.called_off()) co_return error(called_off.why());
  }
}

}  // namespace tailrace::api
