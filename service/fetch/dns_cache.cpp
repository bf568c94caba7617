#include "fetch/dns_cache.hpp"

#include <algorithm>

namespace tailrace::fetch {
namespace {

constexpr duration least = std::chrono::seconds(1);

}  // namespace

duration dns_cache::lifetime(const dns_answer& a) const noexcept {
  switch (a.outcome) {
    case dns_outcome::found: {
      const duration ttl = std::min(std::max(a.ttl, least), limits_.ttl_max);
      return a.partial ? std::min(ttl, std::max(least, limits_.negative_ttl)) : ttl;
    }
    case dns_outcome::absent:
      return limits_.negative_ttl;
    default:
      return least;
  }
}

const dns_answer* dns_cache::find(std::string_view name, time_point now) {
  const auto found = places_.find(name);
  if (found == places_.end()) return nullptr;
  const place at = found->second;
  if (at->until.passed(now)) {
    drop(at);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, at);
  return &at->answer;
}

void dns_cache::put(const std::string& name, dns_answer a, time_point now) {
  if (const auto known = places_.find(name); known != places_.end()) drop(known->second);
  const duration kept = lifetime(a);
  if (kept == duration::zero() || limits_.entries_max == 0) return;
  if (entries_.size() == limits_.entries_max) drop(std::prev(entries_.end()));
  entries_.push_front({name, std::move(a), deadline::after(now, kept)});
  places_.emplace(entries_.front().name, entries_.begin());
}

void dns_cache::drop(place at) {
  places_.erase(at->name);
  entries_.erase(at);
}

}  // namespace tailrace::fetch
