// Everything an operator can set, as plain values with their defaults. One table
// (settings_table.cpp) declares for each member its name, unit, range and help text; flags,
// environment variables, the TOML file, --print-config and the README table all come from it.
// A value of 0 in a member marked "auto" is replaced by resolve() from the machine's limits.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tailrace {

struct settings {
  // where
  std::vector<std::string> listen = {"0.0.0.0:8080"};
  std::string admin_listen = "0.0.0.0:9464";
  std::string port_file;             // written as `public=PORT` and `admin=PORT` lines once bound
  std::string local_root;            // folder behind local:///; empty = off
  std::string tls_certificate_file;  // PEM chain; empty = no TLS
  std::string tls_key_file;
  std::vector<std::string> trusted_proxies;  // CIDR
  bool proxy_protocol = false;

  // threads
  unsigned io_threads = 0;     // auto
  unsigned short_threads = 0;  // auto
  unsigned long_threads = 0;   // auto

  // sources
  std::vector<std::string> allow_source_networks;  // CIDR, added to the public internet
  std::string allowed_source_ports = "80,443";     // ports and ranges: "80,443,8000-8999"
  std::vector<std::string> allowed_sources;        // host, *.host or URL prefix; empty = any public
  std::string origin_ca_file;                      // PEM bundle instead of the system's CA store
  unsigned dns_ttl_max_ms = 60000;
  unsigned dns_negative_ttl_ms = 2000;
  unsigned dns_cache_entries_max = 4096;  // per I/O thread
  unsigned connect_timeout_ms = 3000;
  unsigned origin_wait_timeout_ms = 10000;  // from the request sent to the answer's head
  unsigned origin_rate_min_bytes_per_s = 1024;
  unsigned redirects_max = 5;
  unsigned origin_idle_connections_max = 64;  // per I/O thread
  unsigned origin_idle_timeout_ms = 30000;
  unsigned origin_connection_age_max_ms = 300000;  // 0 = no limit
  unsigned origin_connections_max = 256;  // to one origin, over all I/O threads; 0 = no limit
  unsigned origin_waiting_max = 512;      // for one origin, over all I/O threads
  unsigned origin_breaker_failures = 10;  // in a row, on one I/O thread; 0 = off
  unsigned origin_breaker_open_ms = 1000;
  unsigned origin_breaker_open_max_ms = 30000;
  double origin_retry_ratio_max = 0.1;
  bool origin_hedging = false;
  unsigned metrics_origins_max = 20;                // named in metrics; 0 = none
  std::uint64_t coalesce_window_bytes = 256 << 10;  // 0 = requests share nothing

  // clients
  unsigned header_timeout_ms = 10000;
  unsigned idle_timeout_ms = 75000;
  unsigned request_timeout_ms = 30000;  // answers that are not streams
  unsigned body_rate_min_bytes_per_s = 1024;
  unsigned body_rate_grace_ms = 5000;
  std::uint64_t header_bytes_max = 16384;
  unsigned header_fields_max = 100;
  std::uint64_t uri_bytes_max = 8192;
  unsigned connections_max = 20000;
  unsigned connections_per_client_max = 0;   // 0 = no limit
  unsigned requests_per_connection_max = 0;  // 0 = no limit
  unsigned requests_in_flight_max = 0;       // auto

  // work
  std::uint64_t hash_bytes_max = 0;  // 0 = no limit
  std::uint64_t hash_inline_bytes_max = 262144;
  unsigned hash_batch_wait_us_max = 0;  // 0 = only what is already there
  unsigned multipart_parts_max = 1000;
  unsigned batch_concurrent_max = 256;
  std::uint64_t batch_document_bytes_max = 8ULL << 20;
  std::uint64_t batch_line_bytes_max = 1ULL << 20;
  std::uint64_t image_bytes_max = 64ULL << 20;
  std::uint64_t image_pixels_max = 50'000'000;  // all frames
  unsigned result_side_max = 16384;
  unsigned short_queue_max = 0;               // auto, jobs
  unsigned long_queue_max = 0;                // auto, jobs
  unsigned long_queue_wait_ms_max = 0;        // auto
  unsigned long_queue_burst_wait_ms_max = 0;  // auto
  std::uint64_t memory_budget_bytes = 0;      // auto
  bool svg = false;

  // images
  unsigned quality = 80;
  unsigned webp_quality = 79;
  unsigned avif_quality = 63;
  unsigned avif_speed = 8;
  bool strip_metadata = true;
  bool auto_rotate = true;
  std::string cache_control;  // sent with image results; empty = none
  bool cache_control_passthrough = false;

  // life
  unsigned drain_delay_ms = 0;
  unsigned drain_timeout_ms = 20000;

  // what an operator sees
  std::string log_level = "info";   // trace debug info warn error off
  std::string log_format = "text";  // text json
  std::string access_log = "off";   // off, all, errors, slow, or a ratio such as 0.01
  bool debug_loop = false;
  unsigned loop_slice_us_max = 1000;
  unsigned slo_p99_ms = 120;
  double slo_error_ratio = 0.0003;
};

}  // namespace tailrace
