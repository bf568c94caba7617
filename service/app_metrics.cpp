// Connects what the components count themselves to the names it is scraped under.
#include "app.hpp"
#include "core/machine.hpp"

#include <algorithm>
#include <numeric>

namespace tailrace {
namespace {

// The origin that a keeper's key stands for: scheme://host port.
std::string shown(std::string_view key) {
  const std::size_t space = std::min(key.find(' '), key.size());
  const std::size_t host = std::min(key.find("://") + 3, space);
  const std::string_view name = key.substr(host, space - host);
  const bool v6 = name.find(':') != name.npos;
  std::string text(key.substr(0, host));
  text.append(v6 ? "[" : "").append(name).append(v6 ? "]:" : ":");
  return text.append(key.substr(std::min(space + 1, key.size())));
}

}  // namespace

void app::connect_metrics() {
  connect_lane_metrics("short", lanes_.short_lane(), settings_.short_queue_max);
  connect_lane_metrics("long", lanes_.long_lane(), settings_.long_queue_max);
  connect_fetch_metrics();
  connect_hash_metrics();
  connect_memory_metrics();
  metrics_.add_gauge("tailrace_image_queue_expected_wait_seconds", {}, [this] {
    return std::chrono::duration<double>(shared_.image_queue.expected_wait()).count();
  });
  metrics_.add_gauge("tailrace_image_queue_clients", {}, [this] {
    return static_cast<double>(shared_.image_queue.clients(clock_.now()));
  });
  metrics_.add_gauge("tailrace_ready", {}, [this] { return shared_.ready ? 1.0 : 0.0; });
  metrics_.add_counter("tailrace_connections_cut_total", {},
                       [this] { return static_cast<double>(cut_.load()); });
  metrics_.add_counter("tailrace_log_lines_dropped_total", {},
                       [this] { return static_cast<double>(log_.dropped()); });
}

void app::connect_memory_metrics() {
  metrics_.add_gauge("tailrace_memory_budget_bytes", {},
                     [this] { return static_cast<double>(shared_.memory.capacity()); });
  metrics_.add_gauge("tailrace_memory_reserved_bytes", {},
                     [this] { return static_cast<double>(shared_.memory.used()); });
  using admission::use;
  for (std::size_t i = 1; i < admission::use_names.size(); ++i) {  // 0 is the unspecified rest
    const auto what = static_cast<use>(i);
    const metrics::labels labels{{"use", std::string(admission::use_names[i])}};
    metrics_.add_counter("tailrace_memory_refusals_total", labels, [this, what] {
      return static_cast<double>(shared_.memory.refused_for(what));
    });
    metrics_.add_gauge("tailrace_memory_use_bytes", labels,
                       [this, what] { return static_cast<double>(shared_.memory.used_for(what)); });
  }
}

void app::connect_lane_metrics(const char* name, const exec::executor& lane, double limit) {
  const metrics::labels labels{{"lane", name}};
  const auto count = [&](const char* metric, metrics::labels of, auto exec::statistics::* figure) {
    metrics_.add_counter(metric, std::move(of),
                         [&lane, figure] { return static_cast<double>(lane.snapshot().*figure); });
  };
  std::vector<const duration_histogram*> waits;
  for (std::size_t i = 0; i < lane.workers(); ++i)
    waits.push_back(&lane.statistics_of(i).queue_wait);
  metrics_.add_histogram("tailrace_executor_queue_wait_seconds", labels, std::move(waits));
  metrics_.add_gauge("tailrace_executor_queue_depth", labels,
                     [&lane] { return static_cast<double>(lane.pending()); });
  metrics_.add_gauge("tailrace_executor_queue_limit", labels, [limit] { return limit; });
  metrics_.add_gauge("tailrace_executor_threads", labels,
                     [&lane] { return static_cast<double>(lane.workers()); });
  count("tailrace_executor_busy_seconds_total", labels, &exec::statistics::busy_seconds);
  count("tailrace_executor_steals_total", labels, &exec::statistics::steals);
  count("tailrace_executor_jobs_total", labels, &exec::statistics::run);
  count("tailrace_executor_dropped_total", {{"lane", name}, {"reason", "cancelled"}},
        &exec::statistics::dropped_cancelled);
  count("tailrace_executor_dropped_total", {{"lane", name}, {"reason", "late"}},
        &exec::statistics::dropped_late);
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
  connect_fetch_counters();
  connect_fetch_gauges();
  if (settings_.metrics_origins_max > 0) connect_origin_metrics();
}

void app::connect_fetch_counters() {
  using fetch::stats;
  const auto add = [this](const char* name, metrics::labels labels, auto of) {
    metrics_.add_counter(name, std::move(labels), [this, of] {
      double total = 0;
      for (const auto& w : workers_) total += static_cast<double>(of(w->fetcher.counts()).value());
      return total;
    });
  };
  const auto each = [&](const char* name, const char* label, const auto& values, auto of) {
    for (std::size_t i = 0; i < values.size(); ++i)
      add(name, {{label, std::string(values[i])}},
          [i, of](const stats& s) -> auto& { return (s.*of)[i]; });
  };
  const auto one = [&](const char* name, metrics::labels labels, counter stats::* of) {
    add(name, std::move(labels), [of](const stats& s) -> auto& { return s.*of; });
  };
  each("tailrace_upstream_requests_total", "outcome", fetch::outcome_names, &stats::requests);
  each("tailrace_connect_attempts_total", "outcome", fetch::connect_outcome_names,
       &stats::connect_attempts);
  each("tailrace_dns_lookups_total", "from", fetch::dns_source_names, &stats::dns_lookups);
  each("tailrace_dns_queries_total", "outcome", fetch::dns_outcome_names, &stats::dns_queries);
  each("tailrace_upstream_retries_total", "reason", fetch::retry_names, &stats::retries);
  each("tailrace_upstream_tls_handshakes_total", "outcome", fetch::tls_outcome_names,
       &stats::tls_handshakes);
  one("tailrace_upstream_tls_resumed_total", {}, &stats::tls_resumed);
  one("tailrace_upstream_connections_opened_total", {}, &stats::connections_opened);
  one("tailrace_upstream_connections_reused_total", {}, &stats::connections_reused);
  one("tailrace_coalesced_fetches_total", {{"result", "joined"}}, &stats::coalesced);
  one("tailrace_coalesced_fetches_total", {{"result", "left_behind"}}, &stats::left_behind);
  one("tailrace_received_bytes_total", {{"peer", "origin"}}, &stats::bytes_received);
  one("tailrace_sent_bytes_total", {{"peer", "origin"}}, &stats::bytes_sent);
}

void app::connect_fetch_gauges() {
  using fetch::stats;
  const auto one = [&](const char* name, metrics::labels labels, gauge stats::* of) {
    metrics_.add_gauge(name, std::move(labels), [this, of] { return total(of); });
  };
  one("tailrace_dns_cache_entries", {}, &stats::dns_cache_entries);
  one("tailrace_upstream_connections", {{"state", "idle"}}, &stats::connections_idle);
  one("tailrace_upstream_connections", {{"state", "active"}}, &stats::connections_active);
  one("tailrace_upstream_waiting", {}, &stats::waiting);
  one("tailrace_upstream_breakers_open", {}, &stats::breakers_open);
}

double app::total(gauge fetch::stats::* of) const {
  double sum = 0;
  for (const auto& w : workers_) sum += static_cast<double>((w->fetcher.counts().*of).value());
  return sum;
}

// Those that have a name, and what is left of the sum over all.
void app::connect_origin_metrics() {
  using board = fetch::origin_board;
  const auto add = [this](const char* name, std::int64_t board::figures::* figure,
                          gauge fetch::stats::* all) {
    metrics_.add_gauges(name, "origin", [this, figure, all] {
      std::vector<metrics::registry::row> rows;
      double others = total(all);
      for (const board::figures& each : origins_.read()) {
        const auto value = static_cast<double>(each.*figure);
        others -= value;
        rows.push_back({shown(each.origin), value});
      }
      // Figures are read one after the other while they change.
      rows.push_back({"other", std::max(others, 0.0)});
      return rows;
    });
  };
  add("tailrace_origin_connections", &board::figures::connections, &fetch::stats::turns);
  add("tailrace_origin_waiting", &board::figures::waiting, &fetch::stats::waiting);
  add("tailrace_origin_breaker_open", &board::figures::suspended, &fetch::stats::breakers_open);
}

}  // namespace tailrace
