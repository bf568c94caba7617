#include "metrics/families.hpp"

#include <array>

namespace tailrace::metrics {
namespace {

constexpr auto counter = kind::counter;
constexpr auto gauge = kind::gauge;
constexpr auto histogram = kind::histogram;

constexpr std::array table{
    family{"tailrace_http_requests_total", counter, "route, method, status",
           "Requests answered; status 499 is a client that went away."},
    family{"tailrace_http_request_duration_seconds", histogram, "route",
           "From a request's whole head to its answer's last byte."},
    family{"tailrace_stage_duration_seconds", histogram, "stage",
           "Time that requests, and items of batches, spent in each stage they passed through, "
           "also those that failed there."},
    family{"tailrace_batch_items_total", counter, "outcome", "Items of batches."},
    family{"tailrace_batch_item_errors_total", counter, "side, code",
           "Items of batches that failed, by whose fault it was and what it was."},
    family{"tailrace_requests_in_flight", gauge, "", "Requests being worked on."},
    family{"tailrace_connections", gauge, "", "Client connections that are open."},
    family{"tailrace_connections_busy", gauge, "",
           "Those of them on which a request is arriving or being answered."},
    family{"tailrace_ready", gauge, "",
           "Whether /readyz says so: 0 while starting and while draining."},
    family{"tailrace_connections_cut_total", counter, "",
           "Connections that had to be cut when a drain took too long."},
    family{"tailrace_tls_handshakes_total", counter, "outcome",
           "TLS handshakes with clients; ok: from scratch, resumed: a session was."},
    family{
        "tailrace_rejections_total", counter, "reason",
        "Requests and connections turned away, nearly all before any work was done for them; queue "
        "and share: also when the source had been fetched; connections: how often accepting "
        "paused, on each listener every 20 ms while the limit is reached."},
    family{"tailrace_errors_total", counter, "side, code",
           "Requests that failed, by whose fault it was and what it was."},
    family{"tailrace_executor_queue_depth", gauge, "lane", "Computations waiting for a thread."},
    family{"tailrace_executor_queue_limit", gauge, "lane", "As many may wait, more are refused."},
    family{"tailrace_executor_threads", gauge, "lane", "Threads that compute."},
    family{"tailrace_executor_jobs_total", counter, "lane", "Computations done."},
    family{"tailrace_executor_dropped_total", counter, "lane, reason",
           "Computations that were not begun when their turn came; cancelled: nobody wanted them "
           "any more, late: their time was up."},
    family{"tailrace_executor_queue_wait_seconds", histogram, "lane",
           "How long computations waited for a thread."},
    family{"tailrace_executor_busy_seconds_total", counter, "lane",
           "Time that compute threads spent computing."},
    family{"tailrace_executor_steals_total", counter, "lane",
           "Computations that a thread took over from another one."},
    family{"tailrace_image_queue_expected_wait_seconds", gauge, "",
           "How long the next image would wait for a thread: what decides who is refused."},
    family{"tailrace_image_queue_clients", gauge, "",
           "Clients whose images were let in during the last seconds: who shares the queue."},
    family{"tailrace_hash_batch_bytes_total", counter, "by",
           "Bytes of streams that were hashed together: in lanes side by side, and by OpenSSL "
           "where too "
           "few had bytes at the same time."},
    family{"tailrace_io_loop_lag_seconds", histogram, "",
           "How late I/O threads ran a timer: how long something held them up."},
    family{"tailrace_io_slow_handlers_total", counter, "",
           "How often something held an I/O thread longer than loop-slice-us-max; counted with "
           "debug-loop only."},
    family{"tailrace_upstream_requests_total", counter, "outcome",
           "Requests to origins, by how they ended."},
    family{"tailrace_upstream_connections", gauge, "state", "Connections to origins."},
    family{"tailrace_upstream_connections_opened_total", counter, "",
           "Connections made to origins."},
    family{"tailrace_upstream_connections_reused_total", counter, "",
           "Requests to origins that found a kept connection."},
    family{"tailrace_connect_attempts_total", counter, "outcome",
           "Attempts to connect to an address of an origin."},
    family{"tailrace_dns_lookups_total", counter, "from",
           "Origin names looked up: in the cache, by joining a query, by a query."},
    family{"tailrace_dns_queries_total", counter, "outcome",
           "Names asked of the hosts file and the name servers."},
    family{"tailrace_dns_cache_entries", gauge, "", "Names kept, expired ones included."},
    family{"tailrace_upstream_waiting", gauge, "",
           "Requests waiting for a connection to their origin."},
    family{"tailrace_upstream_breakers_open", gauge, "",
           "Origins that are not asked since they cannot be reached, counted on each I/O thread."},
    family{"tailrace_origin_connections", gauge, "origin",
           "Connections that serve a request, by origin: those in use that metrics-origins-max "
           "leaves names for, and all others together."},
    family{"tailrace_origin_waiting", gauge, "origin",
           "Requests waiting for a connection, by origin."},
    family{"tailrace_origin_breaker_open", gauge, "origin",
           "I/O threads that do not ask an origin since it cannot be reached, by origin."},
    family{"tailrace_upstream_retries_total", counter, "reason",
           "Requests sent to an origin once more; stale: a kept connection was closed; hedge: it "
           "took longer than usual."},
    family{"tailrace_coalesced_fetches_total", counter, "result",
           "Fetches that joined another one's request to the origin, and of all that shared one, "
           "those that fell behind and fetched again."},
    family{"tailrace_upstream_tls_handshakes_total", counter, "outcome",
           "TLS handshakes with origins."},
    family{"tailrace_upstream_tls_resumed_total", counter, "",
           "TLS handshakes with origins that resumed a session."},
    family{"tailrace_received_bytes_total", counter, "peer", "Bytes received."},
    family{"tailrace_sent_bytes_total", counter, "peer", "Bytes sent."},
    family{"tailrace_memory_budget_bytes", gauge, "", "Bytes that bodies and images may take up."},
    family{"tailrace_memory_reserved_bytes", gauge, "", "Bytes of the budget that are taken."},
    family{"tailrace_memory_use_bytes", gauge, "use",
           "What they are taken for; window: what requests for the same URL share."},
    family{"tailrace_memory_refusals_total", counter, "use",
           "How often there was no memory left for it."},
    family{"tailrace_allocator_bytes", gauge, "kind",
           "Memory as the allocator sees it, where that is jemalloc (stats.* of its manual)."},
    family{"tailrace_log_lines_dropped_total", counter, "",
           "Log lines lost because the queue was full or the output failed."},
    family{"tailrace_cpu_throttled_periods_total", counter, "",
           "CPU periods in which the container was throttled."},
    family{"tailrace_slo_latency_objective_seconds", gauge, "",
           "Objective for the 99th percentile of request durations."},
    family{"tailrace_slo_error_ratio_objective", gauge, "",
           "Objective for the share of requests that fail on our side."},
    family{"tailrace_build_info", gauge, "version, compiler", "Always 1."},
    family{"process_cpu_seconds_total", counter, "", "CPU time of the process, user and system."},
    family{"process_resident_memory_bytes", gauge, "", "Resident memory."},
    family{"process_virtual_memory_bytes", gauge, "", "Virtual memory."},
    family{"process_open_fds", gauge, "", "Open file descriptors."},
    family{"process_max_fds", gauge, "", "Limit of open file descriptors."},
    family{"process_threads", gauge, "", "Threads of the process."},
    family{"process_start_time_seconds", gauge, "", "Start of the process, in Unix time."},
};

constexpr std::array<std::string_view, 3> kind_names{"counter", "gauge", "histogram"};

}  // namespace

std::span<const family> families() noexcept {
  return table;
}

std::string metrics_markdown() {
  std::string out = "| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const auto& each : table)
    out += "| `" + std::string(each.name) + "` | " +
           std::string(kind_names[static_cast<std::size_t>(each.type)]) + " | " +
           std::string(each.labels) + " | " + std::string(each.help) + " |\n";
  return out;
}

}  // namespace tailrace::metrics
