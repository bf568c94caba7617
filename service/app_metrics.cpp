// Connects what the components count themselves to the names it is scraped under.
#include "app.hpp"
#include "core/machine.hpp"

#include <numeric>

namespace tailrace {

void app::connect_metrics() {
  connect_lane_metrics("short", lanes_.short_lane());
  connect_lane_metrics("long", lanes_.long_lane());
  connect_fetch_metrics();
  connect_hash_metrics();
  metrics_.add_gauge("tailrace_memory_budget_bytes", {},
                     [this] { return static_cast<double>(shared_.memory.capacity()); });
  metrics_.add_gauge("tailrace_memory_reserved_bytes", {},
                     [this] { return static_cast<double>(shared_.memory.used()); });
  metrics_.add_counter("tailrace_log_lines_dropped_total", {},
                       [this] { return static_cast<double>(log_.dropped()); });
}

void app::connect_lane_metrics(const char* name, const exec::executor& lane) {
  const metrics::labels labels{{"lane", name}};
  std::vector<const duration_histogram*> waits;
  for (std::size_t i = 0; i < lane.workers(); ++i)
    waits.push_back(&lane.statistics_of(i).queue_wait);
  metrics_.add_histogram("tailrace_executor_queue_wait_seconds", labels, std::move(waits));
  metrics_.add_gauge("tailrace_executor_queue_depth", labels,
                     [&lane] { return static_cast<double>(lane.pending()); });
  metrics_.add_counter("tailrace_executor_busy_seconds_total", labels,
                       [&lane] { return lane.snapshot().busy_seconds; });
  metrics_.add_counter("tailrace_executor_steals_total", labels,
                       [&lane] { return static_cast<double>(lane.snapshot().steals); });
}

void app::connect_hash_metrics() {
  const auto sum = [this](auto of) {
    return [this, of] {
      double total = 0;
      for (const auto& w : workers_)
        total += static_cast<double>(of(w->context.batcher.lanes()).value());
      return total;
    };
  };
  metrics_.add_counter(
      "tailrace_hash_batch_bytes_total", {{"by", "lanes"}},
      sum([](const hash::sha256_lanes& l) -> auto& { return l.bytes_together(); }));
  metrics_.add_counter("tailrace_hash_batch_bytes_total", {{"by", "openssl"}},
                       sum([](const hash::sha256_lanes& l) -> auto& { return l.bytes_alone(); }));
}

void app::connect_fetch_metrics() {
  const auto sum = [this](auto of) {
    return [this, of] {
      double total = 0;
      for (const auto& w : workers_) total += static_cast<double>(of(w->fetcher.counts()));
      return total;
    };
  };
  const auto each = [&](const char* name, const char* label, const auto& values, auto of) {
    for (std::size_t i = 0; i < values.size(); ++i)
      metrics_.add_counter(name, {{label, std::string(values[i])}},
                           sum([i, of](const fetch::stats& s) { return (s.*of)[i].value(); }));
  };
  each("tailrace_upstream_requests_total", "outcome", fetch::outcome_names,
       &fetch::stats::requests);
  each("tailrace_connect_attempts_total", "outcome", fetch::connect_outcome_names,
       &fetch::stats::connect_attempts);
  each("tailrace_dns_lookups_total", "from", fetch::dns_source_names, &fetch::stats::dns_lookups);
  each("tailrace_dns_queries_total", "outcome", fetch::dns_outcome_names,
       &fetch::stats::dns_queries);
  metrics_.add_gauge("tailrace_dns_cache_entries", {},
                     sum([](const fetch::stats& s) { return s.dns_cache_entries.value(); }));
  metrics_.add_gauge("tailrace_upstream_connections", {{"state", "idle"}},
                     sum([](const fetch::stats& s) { return s.connections_idle.value(); }));
  metrics_.add_gauge("tailrace_upstream_connections", {{"state", "active"}},
                     sum([](const fetch::stats& s) { return s.connections_active.value(); }));
  metrics_.add_gauge("tailrace_upstream_waiting", {},
                     sum([](const fetch::stats& s) { return s.waiting.value(); }));
  metrics_.add_gauge("tailrace_upstream_breakers_open", {},
                     sum([](const fetch::stats& s) { return s.breakers_open.value(); }));
  for (std::size_t i = 0; i < fetch::retry_names.size(); ++i)
    metrics_.add_counter(
        "tailrace_upstream_retries_total", {{"reason", std::string(fetch::retry_names[i])}},
        sum([i](const fetch::stats& s) { return s.count(static_cast<fetch::retry>(i)); }));
  metrics_.add_counter("tailrace_coalesced_fetches_total", {{"result", "joined"}},
                       sum([](const fetch::stats& s) { return s.coalesced.value(); }));
  metrics_.add_counter("tailrace_coalesced_fetches_total", {{"result", "left_behind"}},
                       sum([](const fetch::stats& s) { return s.left_behind.value(); }));
  metrics_.add_counter("tailrace_upstream_tls_resumed_total", {},
                       sum([](const fetch::stats& s) { return s.tls_resumed.value(); }));
  metrics_.add_counter("tailrace_received_bytes_total", {{"peer", "origin"}},
                       sum([](const fetch::stats& s) { return s.bytes_received.value(); }));
  metrics_.add_counter("tailrace_sent_bytes_total", {{"peer", "origin"}},
                       sum([](const fetch::stats& s) { return s.bytes_sent.value(); }));
}

}  // namespace tailrace
