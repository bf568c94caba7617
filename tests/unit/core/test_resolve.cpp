#include "core/resolve.hpp"

#include "tests/support/catch.hpp"

namespace tailrace {
namespace {

machine with(unsigned cpus, double quota, std::uint64_t memory_limit, std::uint64_t files) {
  machine m;
  m.affinity_cpus = cpus;
  m.cpu_quota = quota;
  m.memory_total = 64ULL << 30;
  m.memory_limit = memory_limit;
  m.fd_limit = files;
  return m;
}

constexpr std::uint64_t gibibyte = 1ULL << 30;

}  // namespace

TEST_CASE("resolve: a large machine without limits") {
  const auto r = resolve(settings{}, with(16, 0, 0, 1 << 20));
  CHECK(r.values.io_threads == 16);
  CHECK(r.values.short_threads == 16);
  CHECK(r.values.long_threads == 16);
  CHECK(r.values.short_queue_max == 16 * 1024);
  CHECK(r.values.long_queue_max == 16 * 256);
  CHECK(r.values.long_queue_wait_ms_max == 60);
  CHECK(r.values.long_queue_burst_wait_ms_max == 240);
  CHECK(r.values.requests_in_flight_max == 16 * 1024);
  CHECK(r.values.memory_budget_bytes == 64 * gibibyte / 10 * 6);
  CHECK(r.values.connections_max == 20000);
  CHECK(r.warnings.empty());
  CHECK(r.derivations.at("io-threads") == "affinity 16");
}

TEST_CASE("resolve: the CPU quota counts rounded up, and only where it is the smaller one") {
  CHECK(resolve(settings{}, with(4, 1.5, 0, 0)).values.io_threads == 2);
  CHECK(resolve(settings{}, with(4, 0.25, 0, 0)).values.io_threads == 1);
  CHECK(resolve(settings{}, with(4, 2.0, 0, 0)).values.io_threads == 2);
  CHECK(resolve(settings{}, with(4, 64, 0, 0)).values.io_threads == 4);
  CHECK(resolve(settings{}, with(4, 1e300, 0, 0)).values.io_threads == 4);
  CHECK(resolve(settings{}, with(0, 0, 0, 0)).values.io_threads == 1);
}

TEST_CASE("resolve: memory follows the smaller of cgroup and RAM, and bounds requests in flight") {
  const auto r = resolve(settings{}, with(2, 0, 256 << 20, 0));
  CHECK(r.values.memory_budget_bytes == (256ULL << 20) / 10 * 6);
  CHECK(r.derivations.at("memory-budget-bytes") == "60 % of cgroup memory 268435456");
  CHECK(r.values.requests_in_flight_max == (256 << 20) / 10 * 6 / (128 << 10));
  CHECK(r.derivations.at("requests-in-flight-max") == "memory budget / 128 KiB");

  // A limit above the RAM is none.
  CHECK(resolve(settings{}, with(2, 0, 1ULL << 60, 0)).values.memory_budget_bytes ==
        64 * gibibyte / 10 * 6);
  // Nothing known: a cautious figure.
  CHECK(resolve(settings{}, machine{}).values.memory_budget_bytes == gibibyte / 10 * 6);
}

TEST_CASE("resolve: few open files lower the connections, with a warning that says why") {
  const auto r = resolve(settings{}, with(2, 0, 0, 1024));
  // (1024 - 256) / 4 in flight, 64 idle origin connections for each of 2 threads.
  CHECK(r.values.requests_in_flight_max == 192);
  CHECK(r.values.connections_max == 1024 - 256 - 192 - 128);
  REQUIRE(r.warnings.size() == 1);
  CHECK(
      r.warnings[0] ==
      "connections-max lowered from 20000 to 448: open files 1024 - origin connections 320 - 256");

  // Hardly any: still some, for the service must be able to answer that it is busy.
  CHECK(resolve(settings{}, with(2, 0, 0, 100)).values.connections_max == 16);
  CHECK(resolve(settings{}, with(2, 0, 0, 100)).values.requests_in_flight_max == 16);
}

TEST_CASE("resolve: what is set stays") {
  settings s;
  s.io_threads = 7;
  s.long_threads = 3;
  s.memory_budget_bytes = 100 << 20;
  s.requests_in_flight_max = 5;
  s.connections_max = 10;
  const auto r = resolve(s, with(2, 0, 0, 1 << 20));
  CHECK(r.values.io_threads == 7);
  CHECK(r.values.short_threads == 2);
  CHECK(r.values.long_queue_max == 3 * 256);
  CHECK(r.values.memory_budget_bytes == 100 << 20);
  CHECK(r.values.requests_in_flight_max == 5);
  CHECK(r.values.connections_max == 10);
  CHECK_FALSE(r.derivations.contains("io-threads"));
  CHECK_FALSE(r.derivations.contains("requests-in-flight-max"));
}

TEST_CASE("resolve: warns of settings that will not do what they say") {
  settings s;
  s.memory_budget_bytes = 1 << 20;
  s.slo_p99_ms = 130;
  const auto r = resolve(s, with(2, 0, 0, 1 << 20));
  REQUIRE(r.warnings.size() == 2);
  CHECK(r.warnings[0].find("memory-budget-bytes 1048576 is below image-bytes-max") == 0);
  CHECK(r.warnings[1].find("slo-p99-ms 130 is no bound") == 0);
}

TEST_CASE("resolve: a burst may always wait as long as what lasts") {
  settings short_burst;
  short_burst.long_queue_burst_wait_ms_max = 10;
  CHECK(resolve(short_burst, with(2, 0, 0, 1 << 20)).values.long_queue_wait_ms_max == 10);
  settings long_wait;
  long_wait.long_queue_wait_ms_max = 500;
  CHECK(resolve(long_wait, with(2, 0, 0, 1 << 20)).values.long_queue_burst_wait_ms_max == 500);
}

}  // namespace tailrace
