// All metrics of the process: hands each I/O thread its cells, takes readers of what other
// components count themselves, and writes the exposition. Owned by app.
//
// Everything is registered before the threads start; from then on exposition() may be called from
// any thread at any time. It reads without stopping anyone, so figures of one scrape can be some
// events apart; each histogram is consistent in itself.
#pragma once
#include "core/counter.hpp"
#include "metrics/families.hpp"
#include "metrics/http_cells.hpp"
#include "metrics/labels.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::metrics {

class prometheus_text;

using reader = std::function<double()>;

struct objectives {
  double latency_seconds = 0;
  double error_ratio = 0;
};

class registry {
 public:
  // Routes are numbered as they come; routes.size() is "other", for requests that match none.
  registry(std::vector<route_labels> routes, std::size_t io_threads, objectives slo);
  registry(const registry&) = delete;
  registry& operator=(const registry&) = delete;
  ~registry();

  http_cells& cells(std::size_t io_thread) noexcept { return *cells_[io_thread]; }

  // One more series of a family in families(), or one more part of a series that is there already
  // (bytes of origins, say, that more than one component moves): its value is then the sum. Throws
  // std::logic_error when there is no such family, or it has another type or other labels. What the
  // readers refer to must outlive the registry's last exposition(); they are called from its
  // caller's thread.
  void add_counter(std::string_view name, labels of, reader value);
  void add_gauge(std::string_view name, labels of, reader value);
  // The sum of the parts, one per thread.
  void add_histogram(std::string_view name, labels of,
                     std::vector<const duration_histogram*> parts);

  // Series of a family with one label whose values come and go: what `rows` says at each scrape.
  // They have to be few.
  struct row {
    std::string label;
    double value;
  };
  void add_gauges(std::string_view name, std::string_view label,
                  std::function<std::vector<row>()> rows);

  // Prometheus text format, version 0.0.4.
  std::string exposition() const;

  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct source;
  struct changing;

  void add(kind type, std::string_view name, source what);
  void add_requests();
  void add_labelled_cells();
  // One series whose value is the sum of get(cells) over the I/O threads.
  template <class Get>
  void add_sum(kind type, std::string_view name, labels of, Get get);
  template <class Get>
  void add_merged(std::string_view name, labels of, Get get);
  std::vector<source> unforeseen_requests() const;
  void write_special(prometheus_text& out, std::size_t family) const;

  std::vector<route_labels> routes_;
  std::vector<std::unique_ptr<http_cells>> cells_;
  std::vector<std::vector<source>> sources_;  // by family
  std::vector<changing> changing_;
};

}  // namespace tailrace::metrics
