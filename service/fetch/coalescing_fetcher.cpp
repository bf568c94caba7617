#include "fetch/coalescing_fetcher.hpp"

#include "fetch/shared_source.hpp"

#include <string>
#include <utility>

namespace tailrace::fetch {

std::string coalescing_key(const request& r) {
  std::string key = r.url;
  // Nothing of this can be in a URL or a field value that is sent.
  key.append("\n").append(r.if_none_match).append("\n").append(r.if_modified_since).append("\n");
  return key.append(std::to_string(r.bytes_max));
}

io::awaitable<result<std::unique_ptr<source>>> coalescing_fetcher::open(const request& r) {
  // Files cost nobody else anything.
  const bool alone = window_bytes_max_ == 0 || r.url.starts_with("local:");
  auto opening = alone ? inner_.open(r) : open_shared(r);
  return opening;
}

io::awaitable<result<std::unique_ptr<source>>> coalescing_fetcher::open_shared(const request& r) {
  const auto fresh =
      std::make_shared<flight>(all_, coalescing_key(r), thread_, r, memory_, window_bytes_max_);
  // Its reader comes first: a flight without readers ends.
  std::shared_ptr<flight::seat> seat = fresh->join(thread_);
  std::shared_ptr<flight> on = all_.find_or_list(fresh);
  while (on != fresh) {
    if (auto shared = on->join(thread_)) {
      seat = std::move(shared);
      break;
    }
    all_.forget(*on);
    on = all_.find_or_list(fresh);
  }
  auto reader = std::make_unique<shared_source>(on, std::move(seat), inner_, r, counts_);
  if (on == fresh) {
    on->start(inner_);
  } else {
    counts_.coalesced.add();
  }
  auto arriving = reader->arrive();
  const auto arrived = co_await std::move(arriving);
  if (arrived.has_error()) co_return arrived.error();
  co_return std::unique_ptr<source>(std::move(reader));
}

}  // namespace tailrace::fetch
