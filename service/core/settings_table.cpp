#include "core/settings_table.hpp"

#include "core/settings_syntax.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>

namespace tailrace {
namespace {

using s = settings;
constexpr double hour_ms = 3'600'000;
constexpr double many = std::numeric_limits<std::uint32_t>::max();
constexpr double many_bytes = 1ULL << 50;

using word = std::string_view;

struct range {
  double min;
  double max;
  word zero = {};
};

constexpr setting number(word group, word name, setting::member where, word unit, range of,
                         word help) {
  return {.name = name,
          .group = group,
          .where = where,
          .unit = unit,
          .help = help,
          .min = of.min,
          .max = of.max,
          .zero = of.zero};
}

constexpr setting text(word group, word name, setting::member where, word placeholder, word help,
                       bool (*valid)(word) = nullptr, word expected = {}) {
  return {.name = name,
          .group = group,
          .where = where,
          .unit = placeholder,
          .help = help,
          .valid = valid,
          .expected = expected};
}

constexpr setting toggle(word group, word name, setting::member where, word help) {
  return {.name = name, .group = group, .where = where, .help = help};
}

// A help line says what the value does, not its type. Groups are those of --help.
constexpr std::array table{
    text("Where", "listen", &s::listen, "ADDRESS,...",
         "Public listeners, ADDRESS:PORT or unix:PATH; port 0 takes any free port.",
         is_listen_address, "addresses such as 0.0.0.0:8080, [::]:8080 or unix:/run/tailrace.sock"),
    text("Where", "admin-listen", &s::admin_listen, "ADDRESS:PORT",
         "Listener of /metrics, /livez, /readyz and /debug; port 0 takes any free port.",
         is_endpoint, "ADDRESS:PORT such as 0.0.0.0:9464 or [::]:9464"),
    text("Where", "port-file", &s::port_file, "FILE",
         "File that gets `public=PORT` and `admin=PORT` once both are bound."),
    text("Where", "local-root", &s::local_root, "FOLDER",
         "Folder that local:/// URLs are read from; empty turns them off."),
    text("Where", "tls-certificate-file", &s::tls_certificate_file, "FILE",
         "PEM certificate chain: the public listeners speak TLS. Read again on SIGHUP."),
    text("Where", "tls-key-file", &s::tls_key_file, "FILE",
         "PEM private key of that certificate. Read again on SIGHUP."),
    text("Where", "trusted-proxies", &s::trusted_proxies, "CIDR,...",
         "Proxies whose X-Forwarded-For and PROXY headers are believed; Unix sockets always are.",
         is_network, "networks such as 10.0.0.0/8 or fd00::/8, without bits behind the prefix"),
    toggle("Where", "proxy-protocol", &s::proxy_protocol,
           "Trusted proxies begin every connection with a PROXY header (version 1 or 2)."),

    number("Threads", "io-threads", &s::io_threads, "threads", {0, 1024, "auto"},
           "Threads that serve connections. auto: min(CPU affinity, ceil(cgroup cpu.max))."),
    number("Threads", "short-threads", &s::short_threads, "threads", {0, 1024, "auto"},
           "Threads for short computations (hashing). auto: as above."),
    number("Threads", "long-threads", &s::long_threads, "threads", {0, 1024, "auto"},
           "Threads for long computations (images). auto: as above."),

    text("Sources", "allow-source-networks", &s::allow_source_networks, "CIDR,...",
         "Networks that sources may be in, besides the public internet.", is_network,
         "networks such as 10.0.0.0/8 or fd00::/8, without bits behind the prefix"),
    text("Sources", "allowed-source-ports", &s::allowed_source_ports, "PORTS",
         "Ports of sources; ranges are allowed.", is_ports,
         "ports and ranges such as 80,443,8000-8999"),
    text("Sources", "allowed-sources", &s::allowed_sources, "PATTERN,...",
         "Sources as host, *.host or URL prefix; none allows every public host.", is_source_pattern,
         "patterns such as example.org, *.example.org or https://example.org/img/"),
    text("Sources", "origin-ca-file", &s::origin_ca_file, "FILE",
         "PEM bundle that origins are verified with; empty: the system's."),
    number("Sources", "dns-ttl-max-ms", &s::dns_ttl_max_ms, "ms", {0, hour_ms, "not kept"},
           "How long addresses of a name are kept at most; less where their TTL says so."),
    number("Sources", "dns-negative-ttl-ms", &s::dns_negative_ttl_ms, "ms",
           {0, hour_ms, "not kept"}, "How long it is kept that a name has no addresses."),
    number("Sources", "dns-cache-entries-max", &s::dns_cache_entries_max, "names",
           {0, 1'000'000, "none"}, "Names kept per I/O thread."),
    number("Sources", "connect-timeout-ms", &s::connect_timeout_ms, "ms", {1, hour_ms},
           "Limit for a connection to an origin, its name's lookup and TLS included."),
    number("Sources", "origin-wait-timeout-ms", &s::origin_wait_timeout_ms, "ms", {1, hour_ms},
           "Limit from the request sent to the head of the origin's answer."),
    number("Sources", "origin-rate-min-bytes-per-s", &s::origin_rate_min_bytes_per_s, "bytes/s",
           {0, many, "off"}, "An origin that sends slower is given up."),
    number("Sources", "redirects-max", &s::redirects_max, "redirects", {0, 20, "none"},
           "Redirects followed per source."),
    number("Sources", "origin-idle-connections-max", &s::origin_idle_connections_max, "connections",
           {0, 10'000, "none"}, "Idle origin connections kept per I/O thread."),
    number("Sources", "origin-idle-timeout-ms", &s::origin_idle_timeout_ms, "ms", {1, hour_ms},
           "How long an idle origin connection is kept."),
    number("Sources", "origin-connection-age-max-ms", &s::origin_connection_age_max_ms, "ms",
           {0, 24 * hour_ms, "no limit"},
           "An older origin connection is not used again, so that names are looked up anew."),
    number("Sources", "origin-connections-max", &s::origin_connections_max, "connections",
           {0, 1'000'000, "no limit"},
           "Connections to one origin. Each I/O thread has its share of them, rounded up."),
    number("Sources", "origin-waiting-max", &s::origin_waiting_max, "requests",
           {0, 1'000'000, "none"},
           "Requests waiting for a connection to one origin, more get 503. Shared out likewise."),
    number("Sources", "origin-breaker-failures", &s::origin_breaker_failures, "failures",
           {0, 1'000'000, "off"},
           "An origin that cannot be reached so often in a row is not asked for a while, 502 at "
           "once; each I/O thread counts for itself."),
    number("Sources", "origin-breaker-open-ms", &s::origin_breaker_open_ms, "ms", {1, hour_ms},
           "For how long; doubled each time that the request let through then fails too."),
    number("Sources", "origin-breaker-open-max-ms", &s::origin_breaker_open_max_ms, "ms",
           {1, hour_ms}, "The longest that comes to."),
    number("Sources", "origin-retry-ratio-max", &s::origin_retry_ratio_max, "", {0, 1, "off"},
           "Requests sent again because an origin failed, as a share of those sent to it."),
    toggle("Sources", "origin-hedging", &s::origin_hedging,
           "An origin that has not answered after the time that 95 % of its answers take is asked "
           "a second time, out of the same share; the first answer counts."),
    number("Sources", "metrics-origins-max", &s::metrics_origins_max, "origins", {0, 1000, "off"},
           "Origins that metrics show by name at a time; others are shown together."),
    number("Sources", "coalesce-window-bytes", &s::coalesce_window_bytes, "bytes",
           {0, 64 << 20, "off"},
           "Requests for the same URL at the same time share one to the origin, and so much of its "
           "answer; who is further behind fetches again."),

    number("Clients", "header-timeout-ms", &s::header_timeout_ms, "ms", {1, hour_ms},
           "Limit for a request's head, from its first byte."),
    number("Clients", "idle-timeout-ms", &s::idle_timeout_ms, "ms", {1, hour_ms},
           "How long a connection may wait for its next request."),
    number("Clients", "request-timeout-ms", &s::request_timeout_ms, "ms", {1, hour_ms},
           "Limit for an answer that is not a stream."),
    number("Clients", "body-rate-min-bytes-per-s", &s::body_rate_min_bytes_per_s, "bytes/s",
           {0, many, "off"}, "A client that sends or takes a body slower is cut off."),
    number("Clients", "body-rate-grace-ms", &s::body_rate_grace_ms, "ms", {0, hour_ms},
           "How long the rate may be lower before that."),
    number("Clients", "header-bytes-max", &s::header_bytes_max, "bytes", {1024, 1 << 20},
           "Size of a request's head, its first line included."),
    number("Clients", "header-fields-max", &s::header_fields_max, "fields", {1, 10'000},
           "Header fields of a request."),
    number("Clients", "uri-bytes-max", &s::uri_bytes_max, "bytes", {128, 1 << 20},
           "Size of a request target."),
    number(
        "Clients", "connections-max", &s::connections_max, "connections", {1, 1'000'000},
        "Client connections; at most what the limit of open files and the memory beside the budget "
        "leave."),
    number(
        "Clients", "connections-per-client-max", &s::connections_per_client_max, "connections",
        {0, 1'000'000, "no limit"},
        "Connections of one client address (IPv6: /64). Behind trusted proxies: requests at once "
        "of one forwarded address, more get 429."),
    number("Clients", "requests-per-connection-max", &s::requests_per_connection_max, "requests",
           {0, 1'000'000'000, "no limit"},
           "Then the connection is closed, so that balancers spread."),
    number("Clients", "requests-in-flight-max", &s::requests_in_flight_max, "requests",
           {0, 1'000'000, "auto"},
           "Requests at work at once, more get 503; uploads count once they are here. auto: 1024 "
           "per CPU, at most one per 128 KiB of "
           "memory budget and a quarter of the open files."),

    number("Work", "hash-bytes-max", &s::hash_bytes_max, "bytes", {0, many_bytes, "no limit"},
           "Size of what is hashed."),
    number("Work", "hash-inline-bytes-max", &s::hash_inline_bytes_max, "bytes", {0, many_bytes},
           "Pieces up to this size are hashed on the I/O thread."),
    number(
        "Work", "hash-batch-wait-us-max", &s::hash_batch_wait_us_max, "us", {0, 10'000},
        "SHA-256 of several streams is computed together, faster than one by one: how long what is "
        "there waits for others; 0 = not at all."),
    number("Work", "multipart-parts-max", &s::multipart_parts_max, "parts", {1, 1'000'000},
           "Files in one multipart/form-data body."),
    number("Work", "batch-concurrent-max", &s::batch_concurrent_max, "items", {1, 100'000},
           "The largest max_concurrent that a batch may ask for."),
    number("Work", "batch-document-bytes-max", &s::batch_document_bytes_max, "bytes",
           {1024, 1 << 30}, "Size of a batch that comes as one JSON document."),
    number("Work", "batch-line-bytes-max", &s::batch_line_bytes_max, "bytes", {1024, 1 << 30},
           "Size of a line of a batch that comes as NDJSON."),
    number("Work", "image-bytes-max", &s::image_bytes_max, "bytes", {1, many_bytes},
           "Size of an image file."),
    number("Work", "image-pixels-max", &s::image_pixels_max, "pixels", {1, many_bytes},
           "Pixels of an image, all frames together."),
    number("Work", "result-side-max", &s::result_side_max, "pixels", {1, 65'535},
           "Longest side of a result."),
    number("Work", "short-queue-max", &s::short_queue_max, "jobs", {0, 10'000'000, "auto"},
           "Short computations waiting, more get 503. auto: 1024 per short thread."),
    number("Work", "long-queue-max", &s::long_queue_max, "jobs", {0, 10'000'000, "auto"},
           "Long computations waiting, more get 503. auto: 256 per long thread."),
    number("Work", "long-queue-wait-ms-max", &s::long_queue_wait_ms_max, "ms", {0, hour_ms, "auto"},
           "Wait for a long thread that is always allowed, give or take a quarter by the client's "
           "share; who would wait longer while the queue stands gets 503 at once. auto: half of "
           "slo-p99-ms."),
    number("Work", "long-queue-burst-wait-ms-max", &s::long_queue_burst_wait_ms_max, "ms",
           {0, hour_ms, "auto"},
           "The same in a burst, which is over when all who came within half of this time would "
           "have waited longer than that half. auto: twice slo-p99-ms."),
    number(
        "Work", "memory-budget-bytes", &s::memory_budget_bytes, "bytes", {0, many_bytes, "auto"},
        "Bytes that bodies and images may take up. auto: 60 % of min(cgroup memory limit, RAM)."),
    toggle("Work", "svg", &s::svg, "Read SVG images."),

    number("Images", "quality", &s::quality, "", {1, 100}, "Default quality of JPEG results."),
    number("Images", "webp-quality", &s::webp_quality, "", {1, 100},
           "Default quality of WebP results."),
    number("Images", "avif-quality", &s::avif_quality, "", {1, 100},
           "Default quality of AVIF results."),
    number("Images", "avif-speed", &s::avif_speed, "", {0, 9},
           "Speed of the AVIF encoder; lower is slower and smaller."),
    toggle("Images", "strip-metadata", &s::strip_metadata, "Leave metadata out of results."),
    toggle("Images", "auto-rotate", &s::auto_rotate,
           "Turn images upright by their EXIF orientation."),
    text("Images", "cache-control", &s::cache_control, "VALUE",
         "Cache-Control of image results; empty: none is sent.", is_header_value,
         "a header value of printable ASCII"),
    toggle("Images", "cache-control-passthrough", &s::cache_control_passthrough,
           "Send the origin's Cache-Control with image results, where it sent one."),

    number("Life", "drain-delay-ms", &s::drain_delay_ms, "ms", {0, hour_ms},
           "After SIGTERM: how long to go on accepting while /readyz already fails."),
    number("Life", "drain-timeout-ms", &s::drain_timeout_ms, "ms", {0, hour_ms},
           "Then: how long requests may take to end before they are cut."),

    text("What is seen", "log-level", &s::log_level, "LEVEL",
         "Least level that is logged: trace, debug, info, warn, error, off.", is_log_level,
         "trace, debug, info, warn, error or off"),
    text("What is seen", "log-format", &s::log_format, "FORMAT",
         "Form of log lines on standard output: text or json.", is_log_format, "text or json"),
    text(
        "What is seen", "access-log", &s::access_log, "WHICH",
        "Requests that get a log line: off, all, errors (status 400 and up), slow (those, and what "
        "takes longer than slo-p99-ms), or a ratio.",
        is_access_log, "off, all, errors, slow or a ratio such as 0.01"),
    toggle(
        "What is seen", "debug-loop", &s::debug_loop,
        "Watch what runs on the I/O threads, to find what holds them up: costs latency and CPU."),
    number("What is seen", "loop-slice-us-max", &s::loop_slice_us_max, "us", {1, hour_ms},
           "With debug-loop: what holds an I/O thread longer is logged and counted."),
    number("What is seen", "slo-p99-ms", &s::slo_p99_ms, "ms", {1, hour_ms},
           "Latency objective, published as a metric for alerts."),
    number("What is seen", "slo-error-ratio", &s::slo_error_ratio, "", {0, 1},
           "Objective for the share of requests that fail on our side."),
};

// Levenshtein's distance, one row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::span<const setting> settings_table() noexcept {
  return table;
}

const setting* find_setting(std::string_view name) noexcept {
  const auto at = std::find_if(table.begin(), table.end(),
                               [&](const setting& each) { return each.name == name; });
  return at == table.end() ? nullptr : &*at;
}

std::string environment_name(std::string_view name) {
  std::string out = "TAILRACE_";
  for (const char c : name)
    out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string_view nearest_setting(std::string_view name) {
  if (name.size() > 64) return {};
  std::string_view nearest;
  std::size_t least = 1 + name.size() / 4;
  for (const auto& each : table) {
    const auto d = distance(name, each.name);
    if (d <= least && (nearest.empty() || d < least)) {
      least = d;
      nearest = each.name;
    }
  }
  return nearest;
}

}  // namespace tailrace
