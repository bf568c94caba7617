#include "loadtest/origin/counters.hpp"

#include <algorithm>
#include <cassert>

namespace tailrace::load::faulty {
namespace {

void add_member(std::string& json, std::string_view name, std::uint64_t value) {
  json.append(json.ends_with('{') ? "\"" : ",\"").append(name).append("\":");
  json += std::to_string(value);
}

}  // namespace

void counters::opened() noexcept {
  ++accepted_;
  const std::uint64_t now = ++open_;
  std::uint64_t most = open_max_;
  while (most < now && !open_max_.compare_exchange_weak(most, now)) {
  }
}

void counters::asked(std::string_view prefix, bool refused) noexcept {
  const auto* const found = std::find(prefixes.begin(), prefixes.end(), prefix);
  assert(found != prefixes.end());
  ++requests_[static_cast<std::size_t>(found - prefixes.begin())];
  if (refused) ++refused_;
}

std::string counters::json() const {
  std::uint64_t requests = 0;
  for (const auto& each : requests_) requests += each;
  std::string text = "{";
  add_member(text, "connections_accepted", accepted_);
  add_member(text, "connections_open", open_);
  add_member(text, "connections_open_max", open_max_);
  add_member(text, "handshakes_failed", handshakes_failed_);
  add_member(text, "request_bytes", request_bytes_);
  add_member(text, "requests", requests);
  add_member(text, "refused", refused_);
  for (std::size_t i = 0; i < prefixes.size(); ++i) add_member(text, prefixes[i], requests_[i]);
  return text + "}\n";
}

}  // namespace tailrace::load::faulty
