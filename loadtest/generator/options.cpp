#include "loadtest/generator/options.hpp"

#include "loadtest/generator/bodies.hpp"
#include "loadtest/generator/plan_file.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace tailrace::load {
namespace {

// What CLI11 fills before it is checked and turned into a plan of one phase and one request.
struct raw_options {
  std::string plan_file;
  std::optional<double> rate;
  bool closed = false;
  std::string arrivals = "constant";
  double duration_s = 10;
  unsigned timeout_ms = 10'000;
  bool no_keepalive = false;
  std::string body_file;
  std::optional<std::size_t> body_size;
  std::string content_type;
  std::string ok_status;
  std::string url_list;
};

struct usage_error : std::runtime_error {
  using runtime_error::runtime_error;
};

unsigned parse_status(const std::string& text) {
  unsigned status = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, status);
  if (ec != std::errc() || stop != end || status < 100 || status > 999) {
    throw usage_error("--ok-status: '" + text + "' is no status; give for example 200-299,404");
  }
  return status;
}

status_set parse_statuses(const std::string& text) {
  status_set set{};
  std::istringstream items(text);
  for (std::string item; std::getline(items, item, ',');) {
    const auto dash = item.find('-');
    const unsigned first = parse_status(item.substr(0, dash));
    const unsigned last = dash == std::string::npos ? first : parse_status(item.substr(dash + 1));
    if (last < first) throw usage_error("--ok-status: '" + item + "' ends before it begins");
    std::fill(set.begin() + first, set.begin() + last + 1, true);
  }
  return set;
}

void add_list(std::vector<std::string>& urls, const std::string& path) {
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty() && line.front() != '#') urls.push_back(line);
  }
}

void set_phase(plan& p, const raw_options& raw) {
  if (!raw.closed && !raw.rate) {
    throw usage_error("give --plan FILE, --rate N, or --closed for a closed loop");
  }
  const double rate = raw.rate.value_or(0);
  if (!(rate >= 0 && rate <= rate_max)) {  // NaN compares with nothing
    throw usage_error("--rate must be from 0 to " + std::to_string(std::llround(rate_max)));
  }
  if (raw.closed && rate > 0) throw usage_error("--rate and --closed exclude each other");
  p.closed = rate == 0;
  p.arrivals = raw.arrivals == "poisson" ? arrivals::poisson : arrivals::constant;
  if (!(raw.duration_s > 0) || raw.duration_s > 1e6) {
    throw usage_error("--duration must be over 0 s and at most 1000000 s");
  }
  const std::chrono::nanoseconds length(std::llround(raw.duration_s * 1e9));
  p.phases = {{"", length, rate, true}};
}

void finish_kind(request_kind& kind, const raw_options& raw) {
  if (!raw.body_file.empty()) kind.body = read_file(raw.body_file);
  if (raw.body_size) kind.body = made_body(*raw.body_size);
  const bool has_body = !raw.body_file.empty() || raw.body_size.has_value();
  if (kind.method.empty()) kind.method = has_body ? "POST" : "GET";
  if (!raw.content_type.empty()) kind.headers.push_back("Content-Type: " + raw.content_type);
  if (!raw.ok_status.empty()) kind.expect.successes = parse_statuses(raw.ok_status);
  if (!raw.url_list.empty()) add_list(kind.urls, raw.url_list);
  if (kind.urls.empty()) throw usage_error("no URL given");
}

void finish_plan(plan& p, const raw_options& raw) {
  set_phase(p, raw);
  p.timeout = std::chrono::milliseconds(raw.timeout_ms);
  p.keepalive = !raw.no_keepalive;
  if (p.threads > p.connections) throw usage_error("--threads exceeds --connections");
  finish_kind(p.kinds.front(), raw);
}

// What a plan file says cannot be said a second time.
void check_alone(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    if (option->count() > 0 && name != "--plan" && name != "--json" && name != "--progress") {
      throw usage_error("--plan and " + name + " exclude each other: the file says it all");
    }
  }
}

void declare_load(CLI::App& app, plan& p, raw_options& raw) {
  app.add_option("--rate", raw.rate, "requests per second, sent on schedule; 0 = --closed");
  app.add_flag("--closed", raw.closed, "each connection sends as soon as it has its answer");
  app.add_option("--arrivals", raw.arrivals, "constant or poisson gaps")
      ->check(CLI::IsMember({"constant", "poisson"}))
      ->capture_default_str();
  app.add_option("--seed", p.seed, "of the poisson arrivals")->capture_default_str();
  app.add_option("--duration", raw.duration_s, "seconds")->capture_default_str();
  app.add_option("--connections", p.connections)
      ->check(CLI::Range(1U, 60'000U))
      ->capture_default_str();
  app.add_option("--threads", p.threads, "each has its share of rate and connections")
      ->check(CLI::Range(1U, 256U))
      ->capture_default_str();
  app.add_flag("--no-keepalive", raw.no_keepalive, "a new connection for every request");
  app.add_option("--timeout-ms", raw.timeout_ms,
                 "from the start of an attempt, connecting included; also how long after the "
                 "end of the run waiting requests may still be sent and answered")
      ->check(CLI::Range(1U, 3'600'000U))
      ->capture_default_str();
}

void declare_request(CLI::App& app, request_kind& kind, raw_options& raw) {
  app.add_option("url", kind.urls,
                 "http://host[:port]/path; several are taken in turn; {n} behind "
                 "the host becomes a running number");
  app.add_option("--url-list", raw.url_list, "file with a URL on each line");
  app.add_option("--method", kind.method, "GET, or POST when there is a body");
  auto* file = app.add_option("--body-file", raw.body_file, "the body of every request");
  app.add_option("--body-size", raw.body_size, "a made body of so many bytes")->excludes(file);
  app.add_option("--content-type", raw.content_type);
  app.add_option("--header", kind.headers, "'Name: value', repeatable")
      ->take_all()
      ->allow_extra_args(false);
}

void declare_report(CLI::App& app, options& o, raw_options& raw) {
  app.add_option("--ok-status", raw.ok_status, "what is no error, as 200-299,404; default < 400");
  app.add_option("--json", o.json_path, "write the result there; - is standard output");
  app.add_flag("--progress", o.progress, "a line each second even where there is no terminal");
}

}  // namespace

std::variant<options, early_exit> parse_options(const std::vector<std::string>& arguments) {
  options o;
  raw_options raw;
  CLI::App app("Sends HTTP/1.1 requests at a given rate and counts latency from the schedule.",
               "tailrace-load");
  app.add_option("--plan", raw.plan_file, "a JSON file with phases and a mix of requests");
  o.plan.kinds.emplace_back();
  declare_load(app, o.plan, raw);
  declare_request(app, o.plan.kinds.front(), raw);
  declare_report(app, o, raw);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // back to front
    o.progress = o.progress || isatty(STDERR_FILENO) == 1;
    if (raw.plan_file.empty()) {
      finish_plan(o.plan, raw);
    } else {
      check_alone(app);
      plan_document document = read_plan_file(raw.plan_file);
      o.plan = std::move(document.plan);
      o.plan_file = std::move(document.as_read);
    }
  } catch (const CLI::CallForHelp&) {
    return early_exit{0, app.help()};
  } catch (const CLI::ParseError& e) {
    return early_exit{2, std::string(e.what()) + "\n"};
  } catch (const std::runtime_error& e) {
    return early_exit{2, std::string(e.what()) + "\n"};
  }
  return o;
}

}  // namespace tailrace::load
