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
  // Its reader comes first: a flight without readers ends, also when the rest fails.
  auto reader = std::make_unique<shared_source>(fresh, fresh->join(thread_), inner_, r, counts_);
  for (;;) {
    const std::shared_ptr<flight> on = all_.find_or_list(fresh);
    if (on == fresh) {
      on->start(inner_);
      break;
    }
    if (auto seat = on->join(thread_)) {
      reader->change_to(on, std::move(seat));
      counts_.coalesced.add();
      break;
    }
    all_.forget(*on);
  }
  auto arriving = reader->arrive();
  const auto arrived = co_await std::move(arriving);
  if (arrived.has_error()) co_return arrived.error();
  co_return std::unique_ptr<source>(std::move(reader));
}

}  // namespace tailrace::fetch
