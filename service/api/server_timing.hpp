// The Server-Timing value (W3C Server Timing) of one request: the stages it went through, in
// milliseconds.
#pragma once
#include "core/stage.hpp"

#include <string>

namespace tailrace::api {

// Appends the stages that took time and the total, which is their sum. Hashing that went on while
// the source still arrived took no time of its own on the clock: it comes as an entry that says
// "overlaps" and is not part of the sum.
void append_server_timing(std::string& out, const stage_times& stages, duration total);

}  // namespace tailrace::api
