// A result as text for people and as JSON for programs. Pure.
#pragma once
#include "loadtest/generator/options.hpp"
#include "loadtest/generator/run.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace tailrace::load {

std::string progress_line(const plan& p, const second_summary& s);
std::string text_report(const options& o, const run_result& r);

// One line: format 1 for a run by flags, format 2 for a plan file. The keys are an interface: they
// are added to, never renamed. Times are integers in nanoseconds, their keys end in _ns.
std::string json_report(const options& o, const run_result& r);

// Of which it is made.
boost::json::object flags_report(const plan& p, const run_result& r);
boost::json::object plan_report(const options& o, const run_result& r);
boost::json::object latency_object(const histogram& h);
double seconds(std::chrono::nanoseconds t);
double per_second(std::uint64_t n, std::chrono::nanoseconds t);  // 0 when there was no time

}  // namespace tailrace::load
