#include "api/digest_source.hpp"

#include "exec/offload.hpp"

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
        hasher_(c.hashers, algorithms) {}
  digestion(const digestion&) = delete;
  digestion& operator=(const digestion&) = delete;

  io::awaitable<result<void>> run() {
    const auto ended = co_await hash_inline();
    if (ended.has_error()) co_return ended.error();
    if (*ended) co_return result<void>();
    overlapped_ = true;
    co_return co_await hash_overlapped();
  }

  digested finish() { return {bytes_, hasher_->finish(), overlapped_}; }

 private:
  std::uint64_t inline_max() const noexcept {
    return context_.process.config.hash_inline_bytes_max;
  }
  time_point now() const noexcept { return context_.thread.time.now(); }

  // How many bytes were received into `room`; 0 at the end.
  io::awaitable<result<std::size_t>> receive(std::span<std::byte> room) {
    const time_point began = now();
    const auto n = co_await source_.read_some(room);
    stages_.add(stage::download, now() - began);
    if (n.has_value()) bytes_ += *n;
    if (n.has_value() && bytes_max_ != 0 && bytes_ > bytes_max_)
      co_return error(errc::body_too_large,
                      "more than " + std::to_string(bytes_max_) + " bytes (hash-bytes-max)");
    co_return n;
  }

  // True at the end, false when the message is long and comes fast. What comes slowly is received
  // in small pieces: thousands of slow uploads must not hold a slice each.
  io::awaitable<result<bool>> hash_inline() {
    const bool long_one = source_.size().value_or(0) > inline_max();
    std::array<std::byte, 4096> small;
    std::optional<slice_loan>& slice = slices_[0];
    for (;;) {
      const std::span<std::byte> room = slice ? slice->room() : std::span<std::byte>(small);
      const auto n = co_await receive(room);
      if (n.has_error()) co_return n.error();
      if (*n == 0) co_return true;
      hash_now(room.first(*n));
      if (*n < small.size()) slice.reset();
      if (*n < room.size() / 2) continue;
      if (!slice) {
        borrow(slice);
      } else if ((long_one || bytes_ > inline_max()) && borrow(slices_[1])) {
        co_return false;
      }
    }
  }

  // False when the memory budget is used up: then it goes on in smaller pieces.
  bool borrow(std::optional<slice_loan>& into) {
    auto memory = context_.process.memory.try_take(context::slice_bytes);
    if (memory) into.emplace(context_.slices, std::move(*memory));
    return memory.has_value();
  }

  void hash_now(std::span<const std::byte> piece) {
    const time_point began = now();
    hasher_->update(piece);
    stages_.add(stage::hash, now() - began);
  }

  io::awaitable<result<void>> hash_overlapped() {
    std::span<const std::byte> piece;  // what is being hashed
    duration ran{};
    std::optional<exec::background<void>> hashing;
    for (std::size_t turn = 0;; turn ^= 1) {
      const auto room = slices_[turn]->room();
      const auto filled = co_await fill(room);
      if (hashing) {
        const auto hashed = co_await hashing->wait();
        hashing.reset();
        stages_.add(stage::hash, std::exchange(ran, {}));
        // A stream that was accepted goes on although the queue is full: at the pace of this
        // thread, a slice at a time.
        const bool refused = hashed.has_error() && hashed.error().code != errc::internal;
        if (refused) hash_now(piece);
        if (hashed.has_error() && !refused) co_return hashed.error();
      }
      if (filled.has_error()) co_return filled.error();
      if (*filled == 0) co_return result<void>();
      piece = slices_[turn]->room().first(*filled);
      exec::job_options options;
      options.ran = &ran;
      auto update = [h = &*hasher_, piece] { h->update(piece); };
      hashing.emplace(exec::start(context_.process.lanes.short_lane(), options, update));
    }
  }

  // Fills the slice, since every job costs a hop; less only at the end.
  io::awaitable<result<std::size_t>> fill(std::span<std::byte> room) {
    std::size_t filled = 0;
    while (filled < room.size() && !ended_) {
      const auto n = co_await receive(room.subspan(filled));
      if (n.has_error()) co_return n.error();
      ended_ = *n == 0;
      filled += *n;
    }
    co_return filled;
  }

  context& context_;
  io::byte_source& source_;
  const std::uint64_t bytes_max_;
  stage_times& stages_;
  hasher_pool::loan hasher_;
  std::array<std::optional<slice_loan>, 2> slices_;
  std::uint64_t bytes_ = 0;
  bool overlapped_ = false;
  bool ended_ = false;
};

}  // namespace

digested digest_now(context& c, std::span<const std::byte> bytes,
                    const hash::algorithm_list& algorithms, stage_times& stages) {
  const time_point began = c.thread.time.now();
  hasher_pool::loan hasher(c.hashers, algorithms);
  hasher->update(bytes);
  digested done{bytes.size(), hasher->finish(), false};
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
