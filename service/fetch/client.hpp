// GET over HTTP/1.1 to http and https origins: connections kept and reused, redirects followed,
// each origin only asked within its limits (origins.hpp), again if that can help. One per I/O
// thread.
#pragma once
#include "core/settings.hpp"
#include "fetch/address_policy.hpp"
#include "fetch/answered.hpp"
#include "fetch/attempt.hpp"
#include "fetch/dial.hpp"
#include "fetch/fetcher.hpp"
#include "fetch/keeper.hpp"
#include "fetch/stats.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tailrace::fetch {

class client {
 public:
  // `dns_servers` as in dns_channel. Outlives its coroutines and sources.
  client(const settings& s, io::thread& on, const address_policy& policy,
         boost::asio::ssl::context& tls, stats& counts, const std::string& dns_servers,
         origin_board* board = nullptr);

  // Times: origin_timeout when no connection became free within origin_wait_timeout_ms, when name,
  // connection and TLS together take longer than connect_timeout_ms, when the head takes longer
  // than origin_wait_timeout_ms, and at r.until.
  io::awaitable<result<std::unique_ptr<source>>> get(url from, const request& r);

  // See live_fetcher::close().
  void close() noexcept {
    keeper_.clear();
    dialer_.close();
  }

  const settings& config() const noexcept { return settings_; }
  io::thread& thread() noexcept { return thread_; }
  stats& counts() noexcept { return counts_; }
  fetch::keeper& keeper() noexcept { return keeper_; }

 private:
  io::awaitable<result<answered>> ask(const url& to, const request& r, progress& steps);
  io::awaitable<result<void>> take_turn(origin_visit& at, const request& r, progress& steps);
  // On a kept connection if there is one and `how` comes with `reused`; `how` says what happened.
  io::awaitable<result<answered>> ask_once(const std::string& key, const url& to, const request& r,
                                           progress& steps, attempt& how);
  // The same, and once more beside it when the origin takes longer than it usually does.
  io::awaitable<result<answered>> ask_hedged(const std::string& key, const url& to,
                                             const request& r, progress& steps, attempt& how,
                                             origin_visit& at);
  bool may_hedge(const std::string& key, origin_visit& first, origin_visit& second);
  std::optional<retry> judge(const result<answered>& a, const attempt& how, const request& r,
                             origin_visit& at);
  io::awaitable<result<answered>> ask_on(std::unique_ptr<connection> c, std::string key,
                                         const url& to, const request& r, progress& steps,
                                         bool& unanswered);
  io::awaitable<result<answered>> receive_head(answered a, bool& unanswered);
  std::unique_ptr<connection> idle(const std::string& key);
  void settle(answered a);

  const settings& settings_;
  io::thread& thread_;
  const address_policy& policy_;
  stats& counts_;
  dialer dialer_;
  fetch::keeper keeper_;
  origins origins_;
};

}  // namespace tailrace::fetch
