// What log lines say of the trace that a request says it belongs to, if it does.
#pragma once
#include "api/context.hpp"
#include "http/trace_context.hpp"
#include "io/exchange.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tailrace::api {

// Refers to the exchange's head; makes it a span if it has none.
struct trace_ids {
  static trace_ids of(io::exchange& e, context& c) {
    trace_ids found;
    found.from = http::trace_of(e.head.fields);
    if (!found.from) return found;
    if (e.span == 0) e.span = c.ids.next();
    found.own = http::span_id_text(e.span);
    return found;
  }
  std::optional<std::string_view> trace() const noexcept {
    return from ? std::optional(from->trace_id) : std::nullopt;
  }
  std::optional<std::string_view> span() const noexcept {
    return from ? std::optional<std::string_view>(own) : std::nullopt;
  }

  std::optional<http::trace_context> from;
  std::string own;
};

}  // namespace tailrace::api
