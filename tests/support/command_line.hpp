// The real binary as a command of a shell, with what it says on both outputs.
#pragma once
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace tailrace::test {

struct said {
  int status = -1;  // 128 + signal when killed
  std::string out;
  std::string err;
};

// Runs `command` in `folder`. Redirections and the like can be appended as shell text.
inline said run_in(const std::string& folder, const std::vector<std::string>& command,
                   const std::string& input = {}, const std::string& shell_text = {}) {
  const temporary_folder own;
  const std::string errors = own.write("err", "");
  std::vector<std::string> all{
      "sh", "-c",   "cd \"$1\" && exec 2>\"$2\" && shift 2 && exec \"$@\" " + shell_text,
      "sh", folder, errors};
  all.insert(all.end(), command.begin(), command.end());
  const finished done = run_command(all, input);
  return {done.status, done.output, read_text(errors)};
}

// `tailrace hash` with these arguments.
inline std::vector<std::string> hash_command(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{std::string(TAILRACE_BINARY_DIR) + "/tailrace", "hash"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

}  // namespace tailrace::test
