#include "metrics/prometheus_text.hpp"

#include <prometheus/text_serializer.h>

#include <cstddef>
#include <sstream>

namespace tailrace::metrics {
namespace {

prometheus::MetricType type_of(kind k) {
  switch (k) {
    case kind::counter:
      return prometheus::MetricType::Counter;
    case kind::gauge:
      return prometheus::MetricType::Gauge;
    case kind::histogram:
      break;
  }
  return prometheus::MetricType::Histogram;
}

// Cumulative, as the format wants it. The count is the sum of the buckets just read, so that the
// two agree however many events arrive meanwhile.
prometheus::ClientMetric::Histogram merged(const std::vector<const duration_histogram*>& parts) {
  prometheus::ClientMetric::Histogram out;
  for (std::size_t i = 0; i <= duration_bounds.size(); ++i) {
    for (const auto* part : parts) out.sample_count += part->count(i);
    if (i == duration_bounds.size()) break;
    prometheus::ClientMetric::Bucket bucket;
    bucket.cumulative_count = out.sample_count;
    bucket.upper_bound = duration_bounds[i];
    out.bucket.push_back(bucket);
  }
  for (const auto* part : parts) out.sample_sum += part->sum_seconds();
  return out;
}

}  // namespace

void prometheus_text::begin(const family& of) {
  if (!families_.empty() && families_.back().metric.empty()) families_.pop_back();
  auto& next = families_.emplace_back();
  next.name = of.name;
  next.help = of.help;
  next.type = type_of(of.type);
}

prometheus::ClientMetric& prometheus_text::series(const labels& of) {
  auto& out = families_.back().metric.emplace_back();
  for (const auto& [name, value] : of) {
    auto& label = out.label.emplace_back();
    label.name = name;
    label.value = value;
  }
  return out;
}

void prometheus_text::add(const labels& of, double value) {
  auto& metric = series(of);
  const bool counts = families_.back().type == prometheus::MetricType::Counter;
  (counts ? metric.counter.value : metric.gauge.value) = value;
}

void prometheus_text::add(const labels& of, const std::vector<const duration_histogram*>& parts) {
  series(of).histogram = merged(parts);
}

std::string prometheus_text::text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families_);
  return std::move(out).str();
}

}  // namespace tailrace::metrics
