#include "cli/url_digest.hpp"

#include "api/digest_source.hpp"
#include "fetch/tls.hpp"

#include <cctype>
#include <stdexcept>

namespace tailrace::cli {
namespace {

log_options no_log() {
  log_options options;
  options.level = log_level::off;
  return options;
}

fetch::address_policy policy_of(const settings& s) {
  auto policy = fetch::address_policy::make(s);
  if (policy.has_error()) throw std::runtime_error(policy.error().detail);
  return std::move(*policy);
}

bool begins_with(std::string_view text, std::string_view lower) noexcept {
  if (text.size() < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i)
    if (std::tolower(static_cast<unsigned char>(text[i])) != lower[i]) return false;
  return true;
}

// Counts what passes through it.
class counted_source final : public io::byte_source {
 public:
  counted_source(io::byte_source& from, std::atomic<std::uint64_t>& count) noexcept
      : from_(from), count_(count) {}

  io::awaitable<result<std::size_t>> read_some(std::span<std::byte> room) override {
    auto reading = from_.read_some(room);
    const auto n = co_await std::move(reading);
    if (n.has_value()) count_.fetch_add(*n, std::memory_order_relaxed);
    co_return n;
  }
  std::optional<std::uint64_t> size() const noexcept override { return from_.size(); }

 private:
  io::byte_source& from_;
  std::atomic<std::uint64_t>& count_;
};

}  // namespace

bool is_url(std::string_view name) noexcept {
  return begins_with(name, "http://") || begins_with(name, "https://");
}

url_digester::url_digester(const settings& s, io::thread& on, exec::lanes& lanes)
    : silent_(no_log()),
      cells_(0),
      shared_(s, lanes, silent_, image::limits()),
      policy_(policy_of(s)),
      tls_(fetch::make_tls_context(s)),
      fetcher_(s, on, policy_, tls_, lanes.short_lane()),
      context_(shared_, on, fetcher_, cells_) {}

io::awaitable<result<hash::digest_list>> url_digester::digest(
    const std::string& url, const hash::algorithm_list& algorithms, io::cancellation& called_off,
    std::atomic<std::uint64_t>& read) {
  fetch::request wanted(url);
  wanted.bytes_max = shared_.config.hash_bytes_max;
  wanted.via = shared_.via;
  wanted.called_off = &called_off;
  auto opening = fetcher_.open(wanted);
  const auto opened = co_await std::move(opening);
  if (opened.has_error()) co_return opened.error();
  counted_source counted(**opened, read);
  stage_times unused;
  auto digesting = api::digest_source(context_, counted, algorithms, wanted.bytes_max, unused);
  const auto done = co_await std::move(digesting);
  if (done.has_error()) co_return done.error();
  co_return done->digests;
}

}  // namespace tailrace::cli
