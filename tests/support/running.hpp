// Fetches that go on beside others, on the loop of one `fetching`.
#pragma once
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fetching.hpp"

namespace tailrace::test {

// One of them; called off and waited for at the end.
class running {
 public:
  running(fetching& f, const std::string& url, deadline until = {}) : fetching_(f) {
    fetch::request r(url);
    r.until = std::min(until,
                       deadline::after(std::chrono::steady_clock::now(), std::chrono::seconds(20)));
    r.called_off = &cancellation_;
    auto fetch = test::fetch_whole(f.fetcher(), std::move(r), 65536);
    boost::asio::co_spawn(f.loop().thread().context, std::move(fetch),
                          [this](std::exception_ptr, test::fetched got) { got_ = std::move(got); });
  }
  running(const running&) = delete;
  running& operator=(const running&) = delete;
  ~running() {
    call_off();
    wait();
  }

  void call_off() { cancellation_.call_off(errc::client_gone); }
  const test::fetched& wait() {
    fetching_.loop().run_until([this] { return got_.has_value(); });
    return *got_;
  }

 private:
  fetching& fetching_;
  io::cancellation cancellation_;
  std::optional<test::fetched> got_;
};

using all_running = std::vector<std::unique_ptr<running>>;

inline void start(all_running& all, fetching& f, const std::string& url) {
  all.push_back(std::make_unique<running>(f, url));
}

}  // namespace tailrace::test
