// Replaces every "auto" by a figure that the machine can bear, and says how it came about. Pure.
//
// cpus = min(CPU affinity, ceil(cgroup quota)); one I/O, one short and one long thread per CPU:
// the kernel shares the CPUs out among the three kinds better than fixed parts would.
#pragma once
#include "core/machine.hpp"
#include "core/settings.hpp"

#include <map>
#include <string>
#include <vector>

namespace tailrace {

struct resolved {
  settings values;                                              // no "auto" left
  std::map<std::string, std::string, std::less<>> derivations;  // by setting, those computed here
  std::vector<std::string> warnings;                            // one line each
};

resolved resolve(settings values, const machine& on);

}  // namespace tailrace
