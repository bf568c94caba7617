// The command line alone: which words were given for which flag, not what they mean.
#pragma once
#include "core/settings_loader.hpp"
#include "core/settings_values.hpp"

#include <map>
#include <string>
#include <vector>

namespace tailrace {

struct flags {
  action what = action::serve;
  std::string text;                         // of say and refuse
  std::string config;                       // --config
  std::map<std::string, written> settings;  // by setting name
};

flags read_flags(std::vector<std::string> arguments);

}  // namespace tailrace
