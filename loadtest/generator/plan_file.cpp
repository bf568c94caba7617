#include "loadtest/generator/plan_file.hpp"

#include "loadtest/generator/bodies.hpp"
#include "loadtest/generator/plan_fields.hpp"
#include "loadtest/generator/plan_request.hpp"

#include <boost/json/parse.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace tailrace::load {
namespace {

namespace json = boost::json;

constexpr double length_s_max = 1e6;
constexpr limits connection_limits{1, 60'000};
constexpr limits thread_limits{1, 256};
constexpr limits timeout_limits{1, 3'600'000};
constexpr limits seed_limits{0, std::numeric_limits<std::uint64_t>::max()};

template <typename Item>
void check_names(const field& list, const std::vector<Item>& items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto same = [&](const Item& other) { return other.name == items[i].name; };
    if (std::none_of(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(i), same)) continue;
    throw plan_error(list.element(i).place() + ".name is that of another one: " + items[i].name);
  }
}

phase read_phase(const field& f, bool closed) {
  const fields keys(f.object(), f.place(), {"name", "seconds", "rate", "recorded"});
  phase p;
  p.name = keys.at("name").text();
  const double seconds = keys.at("seconds").positive(length_s_max);
  p.length = std::chrono::nanoseconds(std::llround(seconds * 1e9));
  if (p.length.count() == 0) keys.at("seconds").refuse("at least a nanosecond");
  // In a closed loop it is ignored, so that a plan can be tried either way.
  if (!closed || keys.has("rate")) p.rate = keys.at("rate").positive(rate_max);
  p.recorded = keys.flag("recorded", true);
  return p;
}

std::vector<phase> read_phases(const field& list, bool closed) {
  std::vector<phase> phases;
  for (std::size_t i = 0; i < list.array().size(); ++i) {
    phases.push_back(read_phase(list.element(i), closed));
  }
  check_names(list, phases);
  if (std::none_of(phases.begin(), phases.end(), [](const phase& p) { return p.recorded; })) {
    throw plan_error(list.place() + " has none that is recorded");
  }
  return phases;
}

std::string read_base(const field& f) {
  const std::string base = f.text();
  const auto url = boost::urls::parse_uri(base);
  if (!url || url->scheme_id() != boost::urls::scheme::http || url->encoded_host().empty() ||
      url->has_userinfo() || !url->encoded_path().empty() || url->has_query() ||
      url->has_fragment()) {
    f.refuse("http://host or http://host:port, without a path");
  }
  return base;
}

std::vector<request_kind> read_requests(const field& list, const std::string& base,
                                        std::uint64_t seed) {
  std::vector<request_kind> kinds;
  for (std::size_t i = 0; i < list.array().size(); ++i) {
    kinds.push_back(read_request(list.element(i), base, seed + i));
  }
  check_names(list, kinds);
  return kinds;
}

arrivals read_arrivals(const fields& keys) {
  const std::string name = keys.text("arrivals", "constant");
  if (name == "poisson") return arrivals::poisson;
  if (name != "constant") keys.at("arrivals").refuse("constant or poisson");
  return arrivals::constant;
}

}  // namespace

plan plan_from(const json::object& document) {
  const fields keys(document, "",
                    {"base", "connections", "threads", "keepalive", "timeout_ms", "closed",
                     "arrivals", "seed", "phases", "requests"});
  plan p;
  p.connections =
      static_cast<unsigned>(keys.integer("connections", connection_limits, p.connections));
  p.threads = static_cast<unsigned>(keys.integer("threads", thread_limits, p.threads));
  if (p.threads > p.connections) keys.at("threads").refuse("at most as many as connections");
  p.keepalive = keys.flag("keepalive", p.keepalive);
  p.timeout = std::chrono::milliseconds(
      keys.integer("timeout_ms", timeout_limits, static_cast<std::uint64_t>(p.timeout.count())));
  p.closed = keys.flag("closed", p.closed);
  p.arrivals = read_arrivals(keys);
  p.seed = keys.integer("seed", seed_limits, p.seed);
  p.phases = read_phases(keys.at("phases"), p.closed);
  if (p.length() > std::chrono::duration<double>(length_s_max)) {
    keys.at("phases").refuse("at most 1000000 s long together");
  }
  p.kinds = read_requests(keys.at("requests"), read_base(keys.at("base")), p.seed);
  return p;
}

plan_document read_plan_file(const std::string& path) try {
  boost::system::error_code ec;
  json::value document = json::parse(read_file(path), ec);
  if (ec) throw plan_error("is no JSON: " + ec.message());
  if (!document.is_object()) throw plan_error("is no JSON object");
  plan p = plan_from(document.get_object());
  return {std::move(p), std::move(document.get_object())};
} catch (const plan_error& e) {
  throw plan_error(path + ": " + e.what());
}

}  // namespace tailrace::load
