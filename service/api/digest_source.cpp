#include "api/digest_source.hpp"

#include "exec/offload.hpp"
#include "http/json.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace tailrace::api {
namespace {

// A buffer for a slice, out of the memory budget.
class slice_loan {
 public:
  slice_loan(io::buffer_pool& pool, admission::budget::permit memory)
      : pool_(pool), bytes_(pool.borrow()), memory_(std::move(memory)) {}
  slice_loan(const slice_loan&) = delete;
  slice_loan& operator=(const slice_loan&) = delete;
  ~slice_loan() { pool_.give_back(std::move(bytes_)); }

  std::span<std::byte> room() const noexcept { return {bytes_.get(), pool_.size()}; }

 private:
  io::buffer_pool& pool_;
  io::buffer_pool::buffer bytes_;
  admission::budget::permit memory_;
};

// One digestion under way: counts, clocks and the hasher, borrowed and given back.
class digestion {
 public:
  digestion(context& c, io::byte_source& source, const hash::algorithm_list& algorithms,
            std::uint64_t bytes_max, stage_times& stages)
      : context_(c),
        source_(source),
        bytes_max_(bytes_max),
        stages_(stages),
        hasher_(c.hashers, algorithms),
        sha256_(hasher_->only_sha256()) {}
  digestion(const digestion&) = delete;
  digestion& operator=(const digestion&) = delete;

  // Changes from one way to another as the bytes come fast or slowly, alone or with others'.
  io::awaitable<result<void>> run() {
    for (way next = way::inline_pieces; next != way::ended;) {
      auto part = go(next);
      const auto then = co_await std::move(part);
      if (then.has_error()) co_return then.error();
      next = *then;
    }
    co_return result<void>();
  }

  digested finish() { return {bytes_, hasher_->finish()}; }

 private:
  enum class way : std::uint8_t { inline_pieces, together, overlapped, ended };
  static constexpr std::size_t small_bytes = 4096;
  static constexpr unsigned alone_max = 8;

  std::uint64_t inline_max() const noexcept {
    return context_.process.config.hash_inline_bytes_max;
  }
  time_point now() const noexcept { return context_.thread.time.now(); }

  // How many bytes were received into `room`; 0 at the end.
  io::awaitable<result<std::size_t>> receive(std::span<std::byte> room) {
    const time_point began = now();
    const auto n = co_await source_.read_some(room);
    context_.thread.handler = "digest of a stream";
    stages_.add(stage::download, now() - began);
    if (n.has_value()) bytes_ += *n;
    if (n.has_value() && bytes_max_ != 0 && bytes_ > bytes_max_)
      co_return error(errc::body_too_large,
                      "more than " + std::to_string(bytes_max_) + " bytes (hash-bytes-max)");
    co_return n;
  }

  io::awaitable<result<way>> go(way on) {
    switch (on) {
      case way::together:
        return hash_together();
      case way::overlapped:
        return hash_overlapped();
      default:
        return hash_inline();
    }
  }

  // Whether others come as fast as this one, so that all are hashed together; unless they say so
  // and then stall, which leaves this one alone all the same.
  bool in_company() const noexcept {
    return fast_ && context_.batcher.pays() && alone_ < alone_max;
  }

  // What comes slowly is received in small pieces: thousands of slow uploads must not hold a slice
  // each.
  io::awaitable<result<way>> hash_inline() {
    const bool long_one = source_.size().value_or(0) > inline_max();
    std::array<std::byte, small_bytes> small;
    std::optional<slice_loan>& slice = slices_[0];
    for (;;) {
      const std::span<std::byte> room = slice ? slice->room() : std::span<std::byte>(small);
      const auto n = co_await receive(room);
      if (n.has_error()) co_return n.error();
      if (*n == 0) co_return way::ended;
      const auto piece = room.first(*n);
      if (!slice) {
        if (*n >= small_bytes / 2 && speed_up() && in_company()) {
          std::copy(piece.begin(), piece.end(), slice->room().begin());
          unhashed_ = *n;
          co_return way::together;
        }
        hash_now(piece);
        continue;
      }
      hash_now(piece);
      if (*n < small_bytes) slow_down();
      if (in_company()) co_return way::together;
      if (*n < room.size() / 2) continue;
      if ((long_one || bytes_ > inline_max()) && borrow(slices_[1])) co_return way::overlapped;
    }
  }

  // False when the memory budget is used up: then it goes on in smaller pieces.
  bool borrow(std::optional<slice_loan>& into) {
    auto memory = context_.process.memory.try_take(context::slice_bytes, admission::use::slice);
    if (memory) into.emplace(context_.slices, std::move(*memory));
    return memory.has_value();
  }

  bool speed_up() {
    if (!borrow(slices_[0])) return false;
    if (sha256_ != nullptr) fast_.emplace(context_.batcher);
    return true;
  }
  void slow_down() {
    slices_[0].reset();
    fast_.reset();
  }

  // A slice after the other, each hashed beside those of others.
  io::awaitable<result<way>> hash_together() {
    do {
      const auto room = slices_[0]->room();
      auto filling = fill(room.subspan(unhashed_), small_bytes);
      const auto filled = co_await std::move(filling);
      if (filled.has_error()) co_return filled.error();
      const auto piece = room.first(std::exchange(unhashed_, 0) + *filled);
      auto hashing = hash_with_others(piece);
      co_await std::move(hashing);
      if (ended_) co_return way::ended;
      if (piece.size() < room.size()) slow_down();
    } while (in_company());
    co_return way::inline_pieces;
  }

  io::awaitable<void> hash_with_others(std::span<const std::byte> piece) {
    const time_point began = now();
    auto hashing = context_.batcher.update(*sha256_, piece);
    const bool shared = co_await std::move(hashing);
    alone_ = shared ? 0 : alone_ + 1;
    stages_.add(stage::hash, now() - began);
  }

  void hash_now(std::span<const std::byte> piece) {
    const time_point began = now();
    hasher_->update(piece);
    stages_.add(stage::hash, now() - began);
  }

  // A worker hashed for so long; only what was waited for took time of this digestion's own.
  void hashed_beside(duration ran, duration waited) {
    const duration noticed = std::min(ran, waited);
    stages_.add(stage::hash, noticed);
    stages_.add_beside(ran - noticed);
    stages_.add(stage::queue, waited - noticed);
  }

  // While a worker hashes one slice, the next is received.
  io::awaitable<result<way>> hash_overlapped() {
    std::span<const std::byte> piece;  // what is being hashed
    duration ran{};
    std::optional<exec::background<void>> hashing;
    for (std::size_t turn = 0;; turn ^= 1) {
      const auto room = slices_[turn]->room();
      auto filling = fill(room, 0);
      const auto filled = co_await std::move(filling);
      if (hashing) {
        const time_point began = now();
        const auto hashed = co_await hashing->wait();
        hashing.reset();
        hashed_beside(std::exchange(ran, {}), now() - began);
        // A stream that was accepted goes on although the queue is full: at the pace of this
        // thread, a slice at a time.
        const bool refused = hashed.has_error() && hashed.error().code != errc::internal;
        if (refused) hash_now(piece);
        if (hashed.has_error() && !refused) co_return hashed.error();
      }
      if (filled.has_error()) co_return filled.error();
      if (*filled == 0) co_return way::ended;
      piece = room.first(*filled);
      if (in_company()) {
        auto with_others = hash_with_others(piece);
        co_await std::move(with_others);
        slices_[1].reset();
        co_return ended_ ? way::ended : way::together;
      }
      exec::job_options options;
      options.ran = &ran;
      auto update = [h = &*hasher_, piece] { h->update(piece); };
      hashing.emplace(exec::start(context_.process.lanes.short_lane(), options, update));
    }
  }

  // Fills the slice, since every way of hashing it costs something; less only at the end, and when
  // it comes in pieces of less than `piece_min` bytes.
  io::awaitable<result<std::size_t>> fill(std::span<std::byte> room, std::size_t piece_min) {
    std::size_t filled = 0;
    while (filled < room.size() && !ended_) {
      const auto n = co_await receive(room.subspan(filled));
      if (n.has_error()) co_return n.error();
      ended_ = *n == 0;
      filled += *n;
      if (*n < piece_min && filled < room.size()) break;
    }
    co_return filled;
  }

  context& context_;
  io::byte_source& source_;
  const std::uint64_t bytes_max_;
  stage_times& stages_;
  hasher_pool::loan hasher_;
  hash::sha256* const sha256_;  // null unless it is all that is asked for
  std::array<std::optional<slice_loan>, 2> slices_;
  std::optional<hash_batcher::member> fast_;  // while it comes fast
  std::uint64_t bytes_ = 0;
  std::size_t unhashed_ = 0;  // at the front of the first slice
  unsigned alone_ = 0;        // slices in a row that were hashed together with nobody's
  bool ended_ = false;
};

}  // namespace

digested digest_now(context& c, std::span<const std::byte> bytes,
                    const hash::algorithm_list& algorithms, stage_times& stages) {
  const time_point began = c.thread.time.now();
  hasher_pool::loan hasher(c.hashers, algorithms);
  hasher->update(bytes);
  digested done{bytes.size(), hasher->finish()};
  stages.add(stage::hash, c.thread.time.now() - began);
  return done;
}

io::awaitable<result<digested>> digest_source(context& c, io::byte_source& source,
                                              const hash::algorithm_list& algorithms,
                                              std::uint64_t bytes_max, stage_times& stages) {
  digestion d(c, source, algorithms, bytes_max, stages);
  const auto done = co_await d.run();
  if (done.has_error()) co_return done.error();
  co_return d.finish();
}

io::awaitable<result<digested>> digest_opened(context& c, io::byte_source& source,
                                              const hash::algorithm_list& algorithms,
                                              std::uint64_t bytes_max, stage_times& stages) {
  const std::uint64_t size = source.size().value_or(0);
  if (size <= c.process.config.hash_inline_bytes_max && (bytes_max == 0 || size <= bytes_max)) {
    if (const auto whole = source.take_whole()) co_return digest_now(c, *whole, algorithms, stages);
  }
  auto digesting = digest_source(c, source, algorithms, bytes_max, stages);
  co_return co_await std::move(digesting);
}

void append_digests(std::string& json, const hash::digest_list& all) {
  http::json_object digests(json);
  for (const hash::digest& one : all) digests.add(hash::name_of(one.which), one.hex());
  digests.close();
}

result<void> check(const hash::expectation& expected, const hash::digest_list& all) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const hash::digest& d) { return d.which == expected.which; });
  if (found != all.end() && found->hex() == expected.hex) return {};
  const std::string name(hash::name_of(expected.which));
  const std::string got = found == all.end() ? std::string("none") : std::string(found->hex());
  return error(errc::digest_mismatch,
               "expected " + name + ":" + expected.hex + ", got " + name + ":" + got);
}

}  // namespace tailrace::api
