#include "fetch/live_fetcher.hpp"

namespace tailrace::fetch {

live_fetcher::live_fetcher(const settings& s, io::thread& on, const address_policy& policy,
                           boost::asio::ssl::context& tls, exec::executor& files,
                           const std::string& dns_servers, origin_board* board)
    : settings_(s),
      time_(on.time),
      local_(s.local_root, files, counts_),
      client_(s, on, policy, tls, counts_, dns_servers, board) {}

io::awaitable<result<std::unique_ptr<source>>> live_fetcher::open(const request& r) {
  auto opening = open_anywhere(r);
  auto opened = co_await std::move(opening);
  // What was opened is counted by its source, when that ends.
  if (opened.has_error()) counts_.record(outcome_of(opened.error().code));
  co_return opened;
}

io::awaitable<result<std::unique_ptr<source>>> live_fetcher::open_anywhere(const request& r) {
  auto from = parse_url(r.url, settings_.uri_bytes_max);
  if (from.has_error()) co_return from.error();
  if (from->scheme == scheme::local) {
    progress unseen;
    progress& steps = r.steps != nullptr ? *r.steps : unseen;
    const progress_end end(steps, time_);
    steps.enter(stage::wait, time_.now());
    auto opening = local_.open(std::move(from->target), r);
    co_return co_await std::move(opening);
  }
  auto opening = client_.get(std::move(*from), r);
  co_return co_await std::move(opening);
}

}  // namespace tailrace::fetch
