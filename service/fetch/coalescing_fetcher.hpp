// Fetches that ask for the same at the same time share one request to the origin (flight.hpp). In
// front of the fetcher that goes there; one per I/O thread, with one table for all.
#pragma once
#include "admission/budget.hpp"
#include "fetch/fetcher.hpp"
#include "fetch/flight_table.hpp"
#include "fetch/stats.hpp"
#include "io/thread.hpp"

#include <string>

namespace tailrace::fetch {

class coalescing_fetcher final : public fetcher {
 public:
  // All references outlive it, and `inner` and `memory` all that it opened. A window of 0 turns it
  // off.
  coalescing_fetcher(fetcher& inner, flight_table& all, io::thread& on, admission::budget& memory,
                     std::size_t window_bytes_max, stats& counts) noexcept
      : inner_(inner),
        all_(all),
        thread_(on),
        memory_(memory),
        window_bytes_max_(window_bytes_max),
        counts_(counts) {}

  io::awaitable<result<std::unique_ptr<source>>> open(const request& r) override;

 private:
  io::awaitable<result<std::unique_ptr<source>>> open_shared(const request& r);

  fetcher& inner_;
  flight_table& all_;
  io::thread& thread_;
  admission::budget& memory_;
  const std::size_t window_bytes_max_;
  stats& counts_;
};

// What two requests have in common that may share an answer: the URL as it was written, the
// conditions, the size limit. Who asks, and through what, does not matter to an origin.
std::string coalescing_key(const request& r);

}  // namespace tailrace::fetch
