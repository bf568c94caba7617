#include "fetch/resolver.hpp"

#include "io/bell.hpp"

#include <memory>
#include <optional>

namespace tailrace::fetch {

namespace asio = boost::asio;

namespace {

// c-ares 1.18 looks for a free one of 65536 query numbers until it finds one, and a query that is
// never answered keeps its number for seconds.
constexpr std::size_t queries_max = 16384;

dns_cache::limits limits_of(const settings& s) {
  return {s.dns_cache_entries_max, std::chrono::milliseconds(s.dns_ttl_max_ms),
          std::chrono::milliseconds(s.dns_negative_ttl_ms)};
}

}  // namespace

// Shared with the query, whose answer may come when nobody waits for it any more.
struct resolver::waiter {
  explicit waiter(io::thread& on) noexcept : bell(on) {}

  void finish(const result<std::vector<address>>& found) {
    answer = found;
    bell.ring();
  }

  io::bell bell;
  std::optional<result<std::vector<address>>> answer;
};

resolver::resolver(const settings& s, io::thread& on, stats& counts, const std::string& servers)
    : thread_(on), counts_(counts), cache_(limits_of(s)), channel_(on, servers) {}

io::awaitable<result<std::vector<address>>> resolver::resolve(std::string host, deadline until,
                                                              io::cancellation* called_off) {
  boost::system::error_code ec;
  const auto literal = asio::ip::make_address(host, ec);
  if (!ec) co_return std::vector<address>{literal};
  if (called_off != nullptr && called_off->called_off()) co_return error(errc::client_gone);
  if (const dns_answer* known = cache_.find(host, thread_.time.now())) {
    counts_.record(dns_source::cache);
    co_return addresses_of(*known);
  }
  const auto w = std::make_shared<waiter>(thread_);
  const auto joined = join(host, w);
  if (joined.has_error()) co_return joined.error();
  auto waiting = w->bell.wait(until, called_off);
  const io::bell::heard heard = co_await std::move(waiting);
  if (w->answer) co_return std::move(*w->answer);
  if (heard == io::bell::heard::called_off) co_return error(errc::client_gone);
  co_return error(errc::origin_timeout, "the host's name was not resolved in time");
}

result<void> resolver::join(const std::string& host, const std::shared_ptr<waiter>& w) {
  if (const auto found = under_way_.find(host); found != under_way_.end()) {
    counts_.record(dns_source::joined);
    found->second.push_back(w);
    return {};
  }
  if (channel_.under_way() >= queries_max)
    return error(errc::overloaded, "too many names are being looked up");
  counts_.record(dns_source::query);
  under_way_[host].push_back(w);
  channel_.query(host, [this, host](dns_answer a) { learned(host, std::move(a)); });
  return {};
}

void resolver::learned(const std::string& host, dns_answer a) {
  counts_.record(a.outcome);
  const auto ended = under_way_.extract(host);
  const auto answer = addresses_of(a);
  cache_.put(host, std::move(a), thread_.time.now());
  auto& entries = counts_.dns_cache_entries;
  entries.add(static_cast<std::int64_t>(cache_.size()) - entries.value());
  for (const auto& w : ended.mapped()) w->finish(answer);
}

}  // namespace tailrace::fetch
