// Plan files: JSON, read strictly. loadtest/README.md says what may stand in them.
#pragma once
#include "loadtest/generator/plan.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace tailrace::load {

struct plan_document {
  load::plan plan;
  boost::json::object as_read;
};

// Both throw std::runtime_error, which names the file and the key, for whatever is not as it
// should be: a key that nobody knows, a wrong type, a contradiction, a body file that is missing.
plan_document read_plan_file(const std::string& path);
plan plan_from(const boost::json::object& document);

}  // namespace tailrace::load
