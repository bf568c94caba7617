// What the endpoints work with, by reference. `shared` is one for the process, `context` one for
// each I/O thread.
#pragma once
#include "admission/budget.hpp"
#include "admission/client_limit.hpp"
#include "admission/compute_queue.hpp"
#include "api/hash_batcher.hpp"
#include "api/hasher_pool.hpp"
#include "api/request_id.hpp"
#include "compute/hash/sha256_plan.hpp"
#include "compute/image/limits.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "core/settings.hpp"
#include "exec/lanes.hpp"
#include "fetch/fetcher.hpp"
#include "io/buffer_pool.hpp"
#include "io/thread.hpp"
#include "metrics/http_cells.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

namespace tailrace::api {

struct shared {
  shared(const settings& s, exec::lanes& l, logger& lg, const image::limits& i)
      : config(s),
        sha256(hash::measure_sha256_plan()),
        via("1.1 tailrace-" + random_name()),
        lanes(l),
        log(lg),
        images(i),
        requests(s.requests_in_flight_max),
        clients(s.connections_per_client_max),
        image_queue(s.long_threads, admission::wait_limit(
                                        std::chrono::milliseconds(s.long_queue_wait_ms_max),
                                        std::chrono::milliseconds(s.long_queue_burst_wait_ms_max))),
        memory(s.memory_budget_bytes) {}

  const settings& config;
  const hash::sha256_plan sha256;
  // How requests to origins say that they have been here; another process has another name.
  const std::string via;
  exec::lanes& lanes;
  logger& log;
  const image::limits images;
  admission::budget requests;
  admission::client_limit clients;
  admission::compute_queue image_queue;  // before the long lane
  admission::budget memory;
  std::atomic<bool> ready{false};
};

struct context {
  // Slices of streams are received into buffers of this size: large enough that the cost of a
  // system call does not count, small enough that hashing one does not hold the loop (about 40 µs
  // of SHA-256).
  static constexpr std::size_t slice_bytes = 65536;

  context(shared& s, io::thread& t, fetch::fetcher& f, metrics::http_cells& m)
      : process(s),
        thread(t),
        fetcher(f),
        cells(m),
        slices(slice_bytes),
        batcher(t, s.sha256, std::chrono::microseconds(s.config.hash_batch_wait_us_max)),
        ids(random_seed()) {}

  shared& process;
  io::thread& thread;
  fetch::fetcher& fetcher;
  metrics::http_cells& cells;
  io::buffer_pool slices;
  hasher_pool hashers;
  hash_batcher batcher;
  request_id_maker ids;
};

}  // namespace tailrace::api
