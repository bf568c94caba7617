// tailrace-load: exit code 0 when the run was completed, errors or not; 1 when no request
// succeeded; 2 on bad usage.
#include "loadtest/generator/options.hpp"
#include "loadtest/generator/report.hpp"
#include "loadtest/generator/run.hpp"
#include "loadtest/generator/target.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>

namespace {

namespace load = tailrace::load;

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

int complain(const std::string& reason) {
  std::cerr << "tailrace-load: " << reason << "\n";
  return 2;
}

bool write_results(const load::options& o, const load::run_result& r) {
  const bool json_to_stdout = o.json_path == "-";
  (json_to_stdout ? std::cerr : std::cout) << load::text_report(o, r) << std::flush;
  if (o.json_path.empty()) return true;
  if (json_to_stdout) return bool(std::cout << load::json_report(o, r) << std::flush);
  return bool(std::ofstream(o.json_path) << load::json_report(o, r) << std::flush);
}

int run(const load::options& o) {
  const auto requests = load::make_target(o.plan);
  if (const auto* reason = std::get_if<std::string>(&requests)) return complain(*reason);
  const auto show = [&o](const load::second_summary& s) {
    if (o.progress) std::cerr << load::progress_line(o.plan, s);
  };
  const auto result = load::run_load(o.plan, std::get<load::target>(requests), interrupted, show);
  if (!write_results(o, result)) return complain("cannot write " + o.json_path);
  return result.total().succeeded() > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  const auto parsed = load::parse_options({argv + 1, argv + argc});
  if (const auto* early = std::get_if<load::early_exit>(&parsed)) {
    if (early->code != 0) return complain(early->text + "see tailrace-load --help");
    std::cout << early->text;
    return 0;
  }
  std::signal(SIGINT, [](int) { interrupted = true; });
  std::signal(SIGTERM, [](int) { interrupted = true; });
  return run(std::get<load::options>(parsed));
} catch (const std::exception& e) {
  return complain(e.what());
}
