// The Server-Timing value (W3C Server Timing) of one request: the stages it went through, in
// milliseconds.
#pragma once
#include "core/stage.hpp"

#include <string>

namespace tailrace::api {

// Appends the stages that took time and the total. Hashing while the source still arrives takes
// no time of its own on the clock, which `hash_overlaps` says: the stage is marked so.
void append_server_timing(std::string& out, const stage_times& stages, duration total,
                          bool hash_overlaps);

}  // namespace tailrace::api
