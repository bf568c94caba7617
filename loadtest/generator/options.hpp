// The command line of tailrace-load, checked.
#pragma once
#include "loadtest/generator/plan.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tailrace::load {

struct options {
  load::plan plan;
  // The plan file as it was read; nothing when the flags said what to do.
  std::optional<boost::json::object> plan_file;
  std::string json_path;  // "-" is standard output; empty is none
  bool progress = false;
};

// Bad usage, or --help: what to print, and with which exit code to end.
struct early_exit {
  int code;
  std::string text;
};

// Reads files that the flags name, touches nothing else.
std::variant<options, early_exit> parse_options(const std::vector<std::string>& arguments);

}  // namespace tailrace::load
