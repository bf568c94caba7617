#include "cli/url_digest.hpp"

#include "api/digest_source.hpp"
#include "fetch/tls.hpp"
#include "http/head.hpp"
#include "io/counted_source.hpp"

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

}  // namespace

bool is_url(std::string_view name) noexcept {
  const auto has_scheme = [&](std::string_view scheme) {
    return http::equal_ignoring_case(name.substr(0, scheme.size()), scheme);
  };
  return has_scheme("http://") || has_scheme("https://");
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
  io::counted_source counted(**opened, read);
  stage_times unused;
  auto digesting = api::digest_source(context_, counted, algorithms, wanted.bytes_max, unused);
  const auto done = co_await std::move(digesting);
  if (done.has_error()) co_return done.error();
  co_return done->digests;
}

}  // namespace tailrace::cli
