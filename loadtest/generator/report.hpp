// A result as text for people and as JSON for programs. Pure.
#pragma once
#include "loadtest/generator/run.hpp"

#include <string>

namespace tailrace::load {

std::string progress_line(const second_summary& s);
std::string text_report(const options& o, const run_result& r);

// One line. The keys are an interface: they are added to, never renamed. Times are integers in
// nanoseconds, their keys end in _ns.
std::string json_report(const options& o, const run_result& r);

}  // namespace tailrace::load
