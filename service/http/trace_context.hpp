// W3C Trace Context (https://www.w3.org/TR/trace-context-2/): what a request says of the trace it
// belongs to. Pure, and nothing is allocated unless there is a trace.
#pragma once
#include "http/head.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tailrace::http {

struct trace_context {
  std::string_view trace_id;   // 32 lower-case hex digits, not all zero
  std::string_view parent_id;  // 16 likewise
  std::uint8_t flags = 0;      // those that are defined: sampled (1) and random (2)
};

// Of a version that is not known yet the part that it has in common with version 00 (§2.2). None
// for what is not valid: then there is no trace. Views into `value`.
std::optional<trace_context> parse_traceparent(std::string_view value) noexcept;

// Of a request; none also when it has several such fields, since nobody can know which is meant.
std::optional<trace_context> trace_of(const fields& all) noexcept;

// The `tracestate` fields of a request joined in their order, to be passed on unchanged; empty when
// there is none, when it is not valid, and beyond 32 entries or 1024 bytes. Only with a valid
// traceparent it means anything.
std::string tracestate_of(const fields& all);

// Sixteen hex digits: a span's id as it is written. `span` is not 0.
std::string span_id_text(std::uint64_t span);

// The traceparent of a request that belongs to `from` and is made by `span`: version 00.
std::string traceparent_text(const trace_context& from, std::string_view span_id);

}  // namespace tailrace::http
