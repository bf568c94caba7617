// The command line of tailrace-load, checked.
#pragma once
#include "loadtest/generator/recorder.hpp"
#include "loadtest/generator/schedule.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tailrace::load {

enum class arrivals : std::uint8_t { constant, poisson };

struct options {
  double rate = 0;  // requests per second; unused in a closed loop
  bool closed = false;
  load::arrivals arrivals = arrivals::constant;
  std::uint64_t seed = 1;
  std::chrono::nanoseconds duration{};
  std::chrono::milliseconds timeout{};
  unsigned connections = 32;
  unsigned threads = 1;
  bool keepalive = true;
  std::string method;
  std::string body;
  std::string content_type;
  std::vector<std::string> headers;  // "Name: value"
  std::vector<std::string> urls;     // taken in turn
  status_set successes = default_successes();
  std::string json_path;  // "-" is standard output; empty is none
  bool progress = false;

  // The part of the plan that one worker carries out.
  schedule share_of(unsigned worker) const;
};

// Bad usage, or --help: what to print, and with which exit code to end.
struct early_exit {
  int code;
  std::string text;
};

// Reads files that the flags name, touches nothing else.
std::variant<options, early_exit> parse_options(const std::vector<std::string>& arguments);

}  // namespace tailrace::load
