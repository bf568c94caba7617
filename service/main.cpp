// argv to settings to app.
#include "app.hpp"
#include "cli/hash_arguments.hpp"
#include "cli/hash_command.hpp"
#include "core/machine.hpp"
#include "core/settings_loader.hpp"
#include "core/settings_text.hpp"
#include "fetch/address_policy.hpp"
#include "healthcheck.hpp"
#include "net/tls_context.hpp"

#include <csignal>
#include <cstdio>
#include <exception>

namespace {

// Blocked before the first thread starts: every thread inherits it, and app::run() takes them out
// by sigtimedwait() where it can act on them. Under nohup a hang-up goes on meaning nothing, unless
// there is a certificate to read again.
void block_signals(bool certificate) {
  struct sigaction hang_up{};
  sigaction(SIGHUP, nullptr, &hang_up);
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&set, signal);
  if (certificate || hang_up.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int serve(tailrace::command command) {
  block_signals(!command.values.tls_certificate_file.empty());
  tailrace::raise_fd_limit();
  tailrace::app service(tailrace::resolve(std::move(command.values), tailrace::read_machine()),
                        std::move(command.from));
  return service.run();
}

// What can only be seen by trying, besides what parsing has refused already.
int check(const tailrace::settings& s) {
  const auto tls = tailrace::net::make_server_tls(s);
  const auto policy = tailrace::fetch::address_policy::make(s);
  std::string mistake;
  if (tls.has_error()) mistake = tls.error().detail;
  if (policy.has_error()) mistake = policy.error().detail;
  if (mistake.empty()) return std::puts("the configuration is good") < 0 ? 1 : 0;
  std::fprintf(stderr, "tailrace: %s\n", mistake.c_str());
  return 2;
}

int act(tailrace::command command) {
  switch (command.what) {
    case tailrace::action::serve:
      return serve(std::move(command));
    case tailrace::action::check_config:
      return check(command.values);
    case tailrace::action::print_config: {
      const auto resolved = tailrace::resolve(command.values, tailrace::read_machine());
      std::fputs(tailrace::print_config(resolved, command.from).c_str(), stdout);
      return 0;
    }
    case tailrace::action::healthcheck:
      return tailrace::healthcheck(command.values);
    case tailrace::action::say:
      std::fputs(command.text.c_str(), stdout);
      return 0;
    case tailrace::action::refuse:
      std::fputs(command.text.c_str(), stderr);
      return 2;
  }
  return 2;
}

// `tailrace hash`: its own grammar; what it takes of the settings is read as always.
int hash(const std::vector<std::string>& arguments) {
  using kind = tailrace::cli::hash_command_line::kind;
  const auto given = tailrace::cli::read_hash_arguments(arguments);
  if (given.what == kind::refuse) return act({tailrace::action::refuse, {}, {}, given.text});
  if (given.what == kind::say) return act({tailrace::action::say, {}, {}, given.text});
  auto command =
      tailrace::parse(given.settings, tailrace::process_environment(), tailrace::read_file);
  if (command.what != tailrace::action::serve) return act(std::move(command));
  return tailrace::cli::run_hash(given.options, std::move(command.values));
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments.front() == "hash")
    return hash({arguments.begin() + 1, arguments.end()});
  return act(tailrace::parse(arguments, tailrace::process_environment(), tailrace::read_file));
} catch (const std::exception& e) {
  std::fprintf(stderr, "tailrace: %s\n", e.what());
  return 1;
}
