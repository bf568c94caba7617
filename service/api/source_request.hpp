// What the endpoints have in common: where the bytes come from (a URL or the request's body),
// which digests are wanted of them, and how long it may take.
#pragma once
#include "api/context.hpp"
#include "api/parameters.hpp"
#include "api/revalidation.hpp"
#include "compute/hash/algorithm.hpp"
#include "core/deadline.hpp"
#include "fetch/fetcher.hpp"
#include "io/exchange.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tailrace::api {

struct source_request {
  std::string url;  // empty = the request's body
  hash::algorithm_list algorithms;
  std::optional<hash::expectation> verify;
};

// Takes `url` (with GET and HEAD), `verify`, and the algorithms under `algorithms_name`; `verify`
// adds its algorithm.
result<source_request> take_source(parameters& query, const io::exchange& e,
                                   std::string_view algorithms_name);

// Takes `timeout_ms`, if given, as the end of the exchange counted from its start; never later than
// `otherwise`, the operator's own limit.
result<deadline> take_timeout(parameters& query, const io::exchange& e, deadline otherwise);

// Opens the source of `r`, with what the exchange passes on to origins (Via, and the trace it
// belongs to, as whose part we are `span`) filled in; adds the steps taken to the stages, also when
// it fails. source_refused when we are in its Via already.
io::awaitable<result<std::unique_ptr<fetch::source>>> open_url(context& c, const io::exchange& e,
                                                               fetch::request r, std::uint64_t span,
                                                               stage_times& stages);

// The opened source. For a body it is the exchange's own; `fetched` is set for a URL only.
struct opened_source {
  explicit opened_source(io::byte_source& b) noexcept : bytes(&b) {}

  io::byte_source* bytes;
  std::unique_ptr<fetch::source> fetched;
};

// Starts the fetch, or has the body ready; adds to the stages of connecting and waiting. With
// `known`, unless null, the origin may say that the source has not changed.
io::awaitable<result<opened_source>> open_source(context& c, io::exchange& e,
                                                 const source_request& wanted, deadline until,
                                                 std::uint64_t bytes_max,
                                                 const revalidation* known = nullptr);

}  // namespace tailrace::api
