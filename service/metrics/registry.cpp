#include "metrics/registry.hpp"

#include "core/machine.hpp"
#include "metrics/allocator.hpp"
#include "metrics/process.hpp"
#include "metrics/prometheus_text.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace tailrace::metrics {

struct registry::source {
  labels of;
  reader value;
  std::vector<const duration_histogram*> parts;  // of a histogram, which has no value
};

struct registry::changing {
  std::size_t family;
  std::string label;
  std::function<std::vector<row>()> rows;
};

namespace {

#if defined(__clang__)
constexpr std::string_view compiler = "clang " __clang_version__;
#else
constexpr std::string_view compiler = "gcc " __VERSION__;
#endif

std::size_t family_index(kind type, std::string_view name) {
  const auto all = families();
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const auto& f) { return f.name == name; });
  if (at == all.end() || at->type != type)
    throw std::logic_error("no such metric of that type: " + std::string(name));
  return static_cast<std::size_t>(at - all.begin());
}

std::string names_of(const labels& of) {
  std::string out;
  for (const auto& [name, value] : of) out += (out.empty() ? "" : ", ") + name;
  return out;
}

// None with an allocator that does not tell.
std::vector<registry::row> allocator_rows() {
  std::vector<registry::row> rows;
  const auto figures = read_allocator();
  for (std::size_t i = 0; figures && i < figures->size(); ++i)
    rows.push_back({std::string(allocator_figure_names[i]), (*figures)[i]});
  return rows;
}

struct process_metric {
  std::string_view name;
  double process_figures::* value;
};

constexpr std::array process_metrics{
    process_metric{"process_cpu_seconds_total", &process_figures::cpu_seconds},
    process_metric{"process_resident_memory_bytes", &process_figures::resident_bytes},
    process_metric{"process_virtual_memory_bytes", &process_figures::virtual_bytes},
    process_metric{"process_open_fds", &process_figures::open_fds},
    process_metric{"process_max_fds", &process_figures::max_fds},
    process_metric{"process_threads", &process_figures::threads},
    process_metric{"process_start_time_seconds", &process_figures::start_time_seconds},
};

}  // namespace

registry::registry(std::vector<route_labels> routes, std::size_t io_threads, objectives slo)
    : routes_(std::move(routes)), sources_(families().size()) {
  for (std::size_t i = 0; i < io_threads; ++i)
    cells_.push_back(std::make_unique<http_cells>(routes_.size()));
  add_requests();
  add_labelled_cells();
  add_sum(kind::gauge, "tailrace_requests_in_flight", {},
          [](const http_cells& c) -> auto& { return c.requests_in_flight(); });
  add_sum(kind::gauge, "tailrace_connections", {},
          [](const http_cells& c) -> auto& { return c.open_connections(); });
  add_sum(kind::gauge, "tailrace_connections_busy", {},
          [](const http_cells& c) -> auto& { return c.busy_connections(); });
  add_merged("tailrace_io_loop_lag_seconds", {},
             [](const http_cells& c) -> auto& { return c.loop_lags(); });
  add_sum(kind::counter, "tailrace_io_slow_handlers_total", {},
          [](const http_cells& c) -> auto& { return c.slow_handlers(); });
  add_gauge("tailrace_slo_latency_objective_seconds", {}, [=] { return slo.latency_seconds; });
  add_gauge("tailrace_slo_error_ratio_objective", {}, [=] { return slo.error_ratio; });
  add_gauge("tailrace_build_info",
            {{"version", TAILRACE_VERSION}, {"compiler", std::string(compiler)}},
            [] { return 1.0; });
  add_counter("tailrace_cpu_throttled_periods_total", {},
              [] { return static_cast<double>(throttled_periods()); });
  add_gauges("tailrace_allocator_bytes", "kind", allocator_rows);
}

registry::~registry() = default;

void registry::add_requests() {
  for (std::size_t r = 0; r <= routes_.size(); ++r) {
    const auto* route = r < routes_.size() ? &routes_[r] : nullptr;
    const std::string name(route != nullptr ? route->name : "other");
    add_merged("tailrace_http_request_duration_seconds", {{"route", name}},
               [r](const http_cells& c) -> auto& { return c.durations_of(r); });
    for (std::size_t m = 0; m < method_names.size(); ++m)
      for (std::size_t s = 0; s < statuses.size(); ++s)
        if (can_occur(route, m, s))
          add_sum(kind::counter, "tailrace_http_requests_total",
                  {{"route", name},
                   {"method", std::string(method_names[m])},
                   {"status", std::to_string(statuses[s])}},
                  [=](const http_cells& c) -> auto& { return c.requests_of(r, m, s); });
  }
}

// A combination that nobody thought of is still told, from its first occurrence on.
std::vector<registry::source> registry::unforeseen_requests() const {
  std::vector<source> out;
  for (std::size_t r = 0; r <= routes_.size(); ++r) {
    const auto* route = r < routes_.size() ? &routes_[r] : nullptr;
    for (std::size_t m = 0; m < method_names.size(); ++m) {
      for (std::size_t s = 0; s < status_count; ++s) {
        if (can_occur(route, m, s)) continue;
        double sum = 0;
        for (const auto& c : cells_) sum += static_cast<double>(c->requests_of(r, m, s).value());
        if (sum == 0) continue;
        labels of{{"route", std::string(route != nullptr ? route->name : "other")},
                  {"method", std::string(method_names[m])},
                  {"status", s < statuses.size() ? std::to_string(statuses[s]) : "other"}};
        out.push_back({std::move(of), [sum] { return sum; }, {}});
      }
    }
  }
  return out;
}

void registry::add_labelled_cells() {
  for (std::size_t i = 0; i < stage_names.size(); ++i)
    add_merged("tailrace_stage_duration_seconds", {{"stage", std::string(stage_names[i])}},
               [=](const http_cells& c) -> auto& { return c.spent_in(static_cast<stage>(i)); });
  for (std::size_t i = 0; i < rejection_names.size(); ++i)
    add_sum(
        kind::counter, "tailrace_rejections_total", {{"reason", std::string(rejection_names[i])}},
        [=](const http_cells& c) -> auto& { return c.rejections_of(static_cast<rejection>(i)); });
  for (std::size_t i = 0; i < errc_count; ++i) {
    const auto code = static_cast<errc>(i);
    add_sum(kind::counter, "tailrace_errors_total",
            {{"side", std::string(name_of(side_of(code)))}, {"code", std::string(name_of(code))}},
            [=](const http_cells& c) -> auto& { return c.errors_of(code); });
    add_sum(kind::counter, "tailrace_batch_item_errors_total",
            {{"side", std::string(name_of(side_of(code)))}, {"code", std::string(name_of(code))}},
            [=](const http_cells& c) -> auto& { return c.item_errors_of(code); });
  }
  for (std::size_t i = 0; i < item_outcome_names.size(); ++i)
    add_sum(kind::counter, "tailrace_batch_items_total",
            {{"outcome", std::string(item_outcome_names[i])}}, [=](const http_cells& c) -> auto& {
              return c.batch_items_of(static_cast<item_outcome>(i));
            });
  for (std::size_t i = 0; i < handshake_names.size(); ++i)
    add_sum(kind::counter, "tailrace_tls_handshakes_total",
            {{"outcome", std::string(handshake_names[i])}},
            [=](const http_cells& c) -> auto& { return c.handshakes_of(i); });
  for (std::size_t i = 0; i < peer_names.size(); ++i) {
    const auto other_side = static_cast<peer>(i);
    const labels of{{"peer", std::string(peer_names[i])}};
    add_sum(kind::counter, "tailrace_received_bytes_total", of,
            [=](const http_cells& c) -> auto& { return c.received_from(other_side); });
    add_sum(kind::counter, "tailrace_sent_bytes_total", of,
            [=](const http_cells& c) -> auto& { return c.sent_to(other_side); });
  }
}

template <class Get>
void registry::add_sum(kind type, std::string_view name, labels of, Get get) {
  const auto sum = [this, get] {
    double out = 0;
    for (const auto& c : cells_) out += static_cast<double>(get(*c).value());
    return out;
  };
  add(type, name, {std::move(of), sum, {}});
}

template <class Get>
void registry::add_merged(std::string_view name, labels of, Get get) {
  std::vector<const duration_histogram*> parts;
  for (const auto& c : cells_) parts.push_back(&get(*c));
  add_histogram(name, std::move(of), std::move(parts));
}

void registry::add(kind type, std::string_view name, source what) {
  const auto index = family_index(type, name);
  if (names_of(what.of) != families()[index].labels)
    throw std::logic_error("wrong labels for " + std::string(name) + ": " + names_of(what.of));
  auto& all = sources_[index];
  const auto same = std::find_if(all.begin(), all.end(),
                                 [&](const source& other) { return other.of == what.of; });
  if (same == all.end()) {
    all.push_back(std::move(what));
  } else if (type == kind::histogram) {
    same->parts.insert(same->parts.end(), what.parts.begin(), what.parts.end());
  } else {
    same->value = [one = std::move(same->value), two = std::move(what.value)] {
      return one() + two();
    };
  }
}

void registry::add_counter(std::string_view name, labels of, reader value) {
  add(kind::counter, name, {std::move(of), std::move(value), {}});
}

void registry::add_gauge(std::string_view name, labels of, reader value) {
  add(kind::gauge, name, {std::move(of), std::move(value), {}});
}

void registry::add_histogram(std::string_view name, labels of,
                             std::vector<const duration_histogram*> parts) {
  add(kind::histogram, name, {std::move(of), nullptr, std::move(parts)});
}

void registry::add_gauges(std::string_view name, std::string_view label,
                          std::function<std::vector<row>()> rows) {
  const auto index = family_index(kind::gauge, name);
  if (families()[index].labels != label)
    throw std::logic_error("wrong label for " + std::string(name) + ": " + std::string(label));
  changing_.push_back({index, std::string(label), std::move(rows)});
}

// What is known only now.
void registry::write_special(prometheus_text& out, std::size_t index) const {
  const auto name = families()[index].name;
  for (const auto& each : changing_) {
    if (each.family != index) continue;
    for (const row& one : each.rows()) out.add({{each.label, one.label}}, one.value);
  }
  if (name == "tailrace_http_requests_total")
    for (const auto& from : unforeseen_requests()) out.add(from.of, from.value());
}

std::string registry::exposition() const {
  prometheus_text out;
  const auto process = read_process();
  for (std::size_t i = 0; i < families().size(); ++i) {
    const auto& each = families()[i];
    out.begin(each);
    for (const auto& from : sources_[i])
      from.value ? out.add(from.of, from.value()) : out.add(from.of, from.parts);
    write_special(out, i);
    for (const auto& known : process_metrics)
      if (known.name == each.name) out.add({}, process.*known.value);
  }
  return out.text();
}

}  // namespace tailrace::metrics
