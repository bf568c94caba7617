// tailrace-origin: exit code 0 after SIGINT or SIGTERM, 2 when it cannot start.
#include "loadtest/origin/options.hpp"
#include "loadtest/origin/server.hpp"

#include <csignal>
#include <exception>
#include <iostream>

namespace faulty = tailrace::load::faulty;

int main(int argc, char** argv) try {
  const auto parsed = faulty::parse_options({argv + 1, argv + argc});
  if (const auto* early = std::get_if<faulty::early_exit>(&parsed)) {
    (early->code == 0 ? std::cout : std::cerr) << early->text;
    return early->code;
  }
  std::signal(SIGPIPE, SIG_IGN);
  faulty::server(std::get<faulty::options>(parsed)).run();
  return 0;
} catch (const std::exception& e) {
  std::cerr << "tailrace-origin: " << e.what() << "\n";
  return 2;
}
