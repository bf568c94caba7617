// Prometheus text format (version 0.0.4), written family by family through prometheus-cpp. One
// thread; lives for one scrape.
#pragma once
#include "core/counter.hpp"
#include "metrics/families.hpp"
#include "metrics/labels.hpp"

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace tailrace::metrics {

class prometheus_text {
 public:
  // What is added next belongs to this family. A family without series is left out.
  void begin(const family& of);

  void add(const labels& of, double value);
  // A histogram: the sum of the parts.
  void add(const labels& of, const std::vector<const duration_histogram*>& parts);

  std::string text() const;

 private:
  prometheus::ClientMetric& series(const labels& of);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace tailrace::metrics
