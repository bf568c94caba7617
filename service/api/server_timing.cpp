#include "api/server_timing.hpp"

#include "core/decimal.hpp"

namespace tailrace::api {
namespace {

// Milliseconds with three digits behind the point, without floating-point formatting.
void append_milliseconds(std::string& out, duration d) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(d).count();
  append_decimal(out, static_cast<std::uint64_t>(us / 1000));
  const auto rest = us % 1000;
  out.push_back('.');
  out.push_back(static_cast<char>('0' + rest / 100));
  out.push_back(static_cast<char>('0' + rest / 10 % 10));
  out.push_back(static_cast<char>('0' + rest % 10));
}

void append_entry(std::string& out, stage s, duration spent) {
  out.append(stage_names[static_cast<std::size_t>(s)]).append(";dur=");
  append_milliseconds(out, spent);
}

}  // namespace

void append_server_timing(std::string& out, const stage_times& stages, duration total) {
  for (std::size_t i = 0; i < stage_names.size(); ++i) {
    const duration spent = stages.of(static_cast<stage>(i));
    if (spent <= duration::zero()) continue;
    append_entry(out, static_cast<stage>(i), spent);
    out.append(", ");
  }
  if (stages.beside() > duration::zero()) {
    append_entry(out, stage::hash, stages.beside());
    out.append(";desc=\"overlaps\", ");
  }
  out.append("total;dur=");
  append_milliseconds(out, total);
}

}  // namespace tailrace::api
