// The endpoints that do work. Each fills e.answer on success; an error is turned into a problem
// by the pipeline. They run on the exchange's I/O thread, which they never hold for long.
#pragma once
#include "api/context.hpp"
#include "core/error.hpp"
#include "io/exchange.hpp"

#include <optional>

namespace tailrace::api {

// GET /v1/hash?url=U, POST /v1/hash: digests of a source or of the body.
// At once, when that needs no waiting: a small body that has arrived. None otherwise.
std::optional<result<void>> try_answer_hash(context& c, io::exchange& e);
io::awaitable<result<void>> answer_hash(context& c, io::exchange& e);

// POST /v1/batch: digests of many sources and data, one result for each.
io::awaitable<result<void>> answer_batch(context& c, io::exchange& e);

// GET /v1/resize?url=U&…, POST /v1/resize?…: the processed image.
io::awaitable<result<void>> answer_resize(context& c, io::exchange& e);

}  // namespace tailrace::api
