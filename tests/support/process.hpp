// A child process of a test: started, fed, waited for, never left behind.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tailrace::test {

class process {
 public:
  // Starts `command` (found by PATH) with standard output and error written to `output_file`.
  // Throws when it cannot be started.
  process(const std::vector<std::string>& command, const std::string& output_file);
  // Kills it if it still runs.
  ~process();
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  pid_t id() const noexcept { return pid_; }
  void signal(int number) const;

  // The exit status (128 + signal when killed), or none when it still runs after `most`.
  std::optional<int> wait(std::chrono::milliseconds most);

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

struct finished {
  int status = -1;
  std::string output;  // standard output
};

// Runs `command` to its end, at most `most`, with `input` as its standard input.
finished run_command(const std::vector<std::string>& command, const std::string& input = {},
                     std::chrono::seconds most = std::chrono::seconds(60));

// A folder of its own under the system's temporary one, removed with all it holds.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  std::string path(const std::string& name = {}) const;
  // Writes a file into it and returns its path.
  std::string write(const std::string& name, const std::string& content) const;

 private:
  std::string root_;
};

std::string read_text(const std::string& path);

}  // namespace tailrace::test
