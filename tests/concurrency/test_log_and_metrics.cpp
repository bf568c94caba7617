// What threads share while they log, record and are scraped. Watched by ThreadSanitizer.
#include "core/log.hpp"
#include "metrics/registry.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"

namespace tailrace {

TEST_CASE("metrics: a scrape may come at any time; its histograms always agree with themselves") {
  constexpr int events = 20'000;
  metrics::registry r({{"hash", 0b0101}}, 2, {});
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 2; ++i)
    threads.emplace_back([&, i] {
      auto& cells = r.cells(i);
      for (int n = 0; n < events; ++n) {
        cells.request(0, 0, 200, std::chrono::microseconds(n));
        cells.in_flight(n % 2 == 0 ? 1 : -1);
      }
      ++done;
    });

  const auto value = [](const std::string& text, const std::string& series) {
    const auto at = text.find("\n" + series + " ");
    REQUIRE(at != text.npos);
    return std::stod(text.substr(at + series.size() + 2));
  };
  const std::string name = "tailrace_http_request_duration_seconds";
  double last = 0;
  do {
    const auto text = r.exposition();
    const auto count = value(text, name + "_count{route=\"hash\"}");
    CHECK(value(text, name + "_bucket{route=\"hash\",le=\"+Inf\"}") == count);
    CHECK(count >= last);
    last = count;
  } while (done.load() < 2);
  for (auto& t : threads) t.join();

  // At rest nothing is missing.
  const auto text = r.exposition();
  CHECK(value(text, name + "_count{route=\"hash\"}") == 2 * events);
  CHECK(value(text, "tailrace_http_requests_total{route=\"hash\",method=\"GET\",status=\"200\"}") ==
        2 * events);
  CHECK(value(text, "tailrace_requests_in_flight") == 0);
}

TEST_CASE("log: lines of several threads arrive whole, each thread's in order, or are counted") {
  constexpr int lines_each = 5000;
  std::vector<std::string> lines;
  std::uint64_t dropped = 0;
  {
    log_options o;
    o.queue_lines_max = 512;
    o.write = [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    };
    logger log(std::move(o));
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&log, t] {
        for (int n = 0; n < lines_each; ++n) log.info("line", {{"thread", t}, {"n", n}});
      });
    for (auto& t : threads) t.join();
    // Only who logs can cause a drop: from here on the count stands.
    dropped = log.dropped();
  }
  CHECK(lines.size() + dropped == 3 * lines_each);
  std::vector<int> last(3, -1);
  for (const auto& line : lines) {
    int thread = -1, n = -1;
    REQUIRE(std::sscanf(line.c_str() + line.find(" info "), " info line thread=%d n=%d\n", &thread,
                        &n) == 2);
    auto& before = last.at(static_cast<std::size_t>(thread));
    CHECK(n > before);
    before = n;
  }
}

}  // namespace tailrace
