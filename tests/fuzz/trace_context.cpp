// http::trace_context: the first line as a traceparent, the others as tracestate fields.
#include "http/trace_context.hpp"

#include <algorithm>

#include "tests/fuzz/targets.hpp"

namespace tailrace::fuzz {
namespace {

std::string_view take_line(std::string_view& from) {
  const std::string_view line = from.substr(0, from.find('\n'));
  from.remove_prefix(std::min(line.size() + 1, from.size()));
  return line;
}

bool is_id(std::string_view id, std::size_t size) {
  return id.size() == size && id.find_first_not_of("0123456789abcdef") == id.npos &&
         id.find_first_not_of('0') != id.npos;
}

void check_parent(std::string_view value) {
  const auto found = http::parse_traceparent(value);
  if (!found) return;
  require(is_id(found->trace_id, 32) && is_id(found->parent_id, 16), "ids are hex and not zero");
  require(found->flags <= 3, "only flags that are defined");
  require(value.size() == 55 || (value.substr(0, 2) != "00" && value[55] == '-'),
          "a version that is known has its size");
  // What is sent on is understood by the next one, as the same trace.
  const std::string span = http::span_id_text(0x0123456789abcdef);
  const std::string sent = http::traceparent_text(*found, span);
  const auto again = http::parse_traceparent(sent);
  require(again.has_value() && again->trace_id == found->trace_id && again->parent_id == span &&
              again->flags == found->flags,
          "a trace is passed on");
}

void check_state(std::string_view lines) {
  http::fields all;
  std::string joined;
  for (bool more = !lines.empty(); more; more = !lines.empty()) {
    const std::string_view value = http::trimmed(take_line(lines));
    if (!joined.empty()) joined.push_back(',');
    joined.append(value);
    all.add({http::field_name::unknown, "tracestate", value});
  }
  const std::string sent = http::tracestate_of(all);
  if (sent.empty()) return;
  require(sent == joined, "it is passed on unchanged");
  require(sent.size() <= 1024, "it has a limit");
  require(std::count(sent.begin(), sent.end(), '=') <= 32, "so many entries");
  require(std::all_of(sent.begin(), sent.end(),
                      [](char c) { return c == '\t' || (c >= 0x20 && c <= 0x7e); }),
          "it is a field value");
  http::fields alone;
  alone.add({http::field_name::unknown, "TraceState", sent});
  require(http::tracestate_of(alone) == sent, "the next one takes it as it is");
}

}  // namespace

void trace_context(std::string_view input) {
  check_parent(take_line(input));
  check_state(input);
}

}  // namespace tailrace::fuzz
