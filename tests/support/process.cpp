#include "tests/support/process.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdexcept>
#include <string_view>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tailrace::test {
namespace {

std::vector<char*> arguments_of(const std::vector<std::string>& command) {
  std::vector<char*> all;
  for (const std::string& a : command) all.push_back(const_cast<char*>(a.c_str()));
  all.push_back(nullptr);
  return all;
}

// Ours without the service's settings: whatever the person or machine that runs the tests has set
// must not decide what they find.
std::vector<char*> environment() {
  std::vector<char*> all;
  for (char** one = environ; *one != nullptr; ++one)
    if (!std::string_view(*one).starts_with("TAILRACE_")) all.push_back(*one);
  all.push_back(nullptr);
  return all;
}

pid_t spawn(const std::vector<std::string>& command, const std::string& in, const std::string& out,
            bool with_errors) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (with_errors) posix_spawn_file_actions_adddup2(&files, 1, 2);
  auto arguments = arguments_of(command);
  pid_t pid = -1;
  const int failed =
      posix_spawnp(&pid, arguments[0], &files, nullptr, arguments.data(), environment().data());
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) throw std::runtime_error("cannot start " + command[0]);
  return pid;
}

}  // namespace

process::process(const std::vector<std::string>& command, const std::string& output_file)
    : pid_(spawn(command, "/dev/null", output_file, true)) {}

process::~process() {
  if (status_) return;
  kill(pid_, SIGKILL);
  int ignored = 0;
  waitpid(pid_, &ignored, 0);
}

void process::signal(int number) const {
  kill(pid_, number);
}

std::optional<int> process::wait(std::chrono::milliseconds most) {
  if (status_) return status_;
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  pollfd ended{handle, POLLIN, 0};
  const bool over = poll(&ended, 1, static_cast<int>(most.count())) == 1;
  close(handle);
  int raw = 0;
  if (over && waitpid(pid_, &raw, 0) == pid_)
    status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return status_;
}

finished run_command(const std::vector<std::string>& command, const std::string& input,
                     std::chrono::seconds most) {
  temporary_folder folder;
  const std::string in = folder.write("in", input);
  const std::string out = folder.path("out");
  std::vector<std::string> bounded{"timeout", std::to_string(most.count())};
  bounded.insert(bounded.end(), command.begin(), command.end());
  const pid_t pid = spawn(bounded, in, out, false);
  int raw = 0;
  waitpid(pid, &raw, 0);
  return {WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw), read_text(out)};
}

temporary_folder::temporary_folder() {
  std::string name = std::filesystem::temp_directory_path() / "tailrace-test-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder");
  root_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::string temporary_folder::path(const std::string& name) const {
  return root_ + "/" + name;
}

std::string temporary_folder::write(const std::string& name, const std::string& content) const {
  std::ofstream(path(name), std::ios::binary) << content;
  return path(name);
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tailrace::test
