#include "loadtest/generator/plan_request.hpp"

#include "loadtest/generator/bodies.hpp"

#include <algorithm>

namespace tailrace::load {
namespace {

constexpr limits status_limits{100, 999};
constexpr limits side_limits{1, 0xFFFFFFFF};
constexpr limits body_limits{0, std::uint64_t{1} << 30U};
// So that the sum of all weights is a finite number.
constexpr double weight_max = 1e9;
constexpr std::string_view digest_path = "digests.sha256";

status_set read_statuses(const field& list) {
  status_set set{};
  for (std::size_t i = 0; i < list.array().size(); ++i) {
    set[list.element(i).integer(status_limits)] = true;
  }
  return set;
}

std::vector<std::string> split(const field& f, std::string_view path) {
  std::vector<std::string> names;
  for (;;) {
    const auto dot = path.find('.');
    names.emplace_back(path.substr(0, dot));
    if (names.back().empty()) f.refuse("a path of names with dots between them");
    if (dot == std::string_view::npos) return names;
    path.remove_prefix(dot + 1);
  }
}

std::vector<json_check> read_json_checks(const field& f) {
  if (f.object().empty()) f.refuse("an object that is not empty");
  std::vector<json_check> checks;
  for (const auto& member : f.object()) {
    const field one(f.place() + "[\"" + std::string(member.key()) + "\"]", member.value());
    json_check check{split(one, member.key()), {}};
    if (member.value().is_string()) {
      check.expected = std::string(member.value().get_string());
    } else if (const auto* i = member.value().if_int64()) {
      check.expected = static_cast<long double>(*i);
    } else if (const auto* u = member.value().if_uint64()) {
      check.expected = static_cast<long double>(*u);
    } else if (const auto* d = member.value().if_double()) {
      check.expected = static_cast<long double>(*d);
    } else {
      one.refuse("a string or a number");
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

image_check read_image_check(const field& f) {
  const fields keys(f.object(), f.place(), {"format", "width", "height"});
  const auto format = image_format_of(keys.at("format").text());
  if (!format) keys.at("format").refuse("jpeg, png or webp");
  image_check check{*format, {}, {}};
  const auto side = [&keys](const char* key) -> std::optional<std::uint32_t> {
    if (!keys.has(key)) return std::nullopt;
    return static_cast<std::uint32_t>(keys.at(key).integer(side_limits));
  };
  check.width = side("width");
  check.height = side("height");
  return check;
}

std::vector<header_check> read_header_checks(const field& f) {
  if (f.object().empty()) f.refuse("an object that is not empty");
  std::vector<header_check> checks;
  for (const auto& member : f.object()) {
    const field one(f.place() + "." + std::string(member.key()), member.value());
    checks.push_back({std::string(member.key()), one.text()});
  }
  return checks;
}

void add_digest_check(const fields& keys, request_kind& kind) {
  if (!keys.flag("body_digest", false)) return;
  if (kind.body.empty()) keys.at("body_digest").refuse("without a body false");
  if (keys.has("json") && keys.at("json").object().contains(digest_path)) {
    throw plan_error(keys.place_of("json") + " has " + std::string(digest_path) + ", which " +
                     keys.place_of("body_digest") + " says, too");
  }
  kind.expect.json.push_back({{"digests", "sha256"}, sha256_hex(kind.body)});
}

void read_expectation(const field& f, request_kind& kind) {
  const fields keys(f.object(), f.place(), {"statuses", "json", "body_digest", "image", "headers"});
  expectation& e = kind.expect;
  if (keys.has("statuses")) e.successes = read_statuses(keys.at("statuses"));
  if (keys.has("json")) e.json = read_json_checks(keys.at("json"));
  add_digest_check(keys, kind);
  if (keys.has("image")) e.image = read_image_check(keys.at("image"));
  if (keys.has("headers")) e.headers = read_header_checks(keys.at("headers"));
  if (e.image && !e.json.empty()) {
    throw plan_error(f.place() + " wants an image and JSON of one body");
  }
  if (e.judges_body() && kind.method == "HEAD") {
    throw plan_error(f.place() + " wants a body, and the answer to HEAD has none");
  }
}

std::string read_body(const fields& keys, std::uint64_t seed) {
  if (!keys.has("body_file")) return made_body(keys.integer("body_bytes", body_limits, 0), seed);
  const field file = keys.at("body_file");
  if (keys.has("body_bytes")) {
    throw plan_error(keys.place_of("body_bytes") + " and " + file.place() + " exclude each other");
  }
  try {
    return read_file(file.text());
  } catch (const plan_error&) {
    throw;
  } catch (const std::runtime_error& e) {
    throw plan_error(file.place() + ": " + e.what());
  }
}

std::string read_path(const field& f, const std::string& base) {
  std::string path = f.text();
  if (path.front() != '/' || path.find('#') != std::string::npos) {
    f.refuse("a path that begins with / and has no #");
  }
  return base + path;
}

std::vector<std::string> read_headers(const field& list) {
  std::vector<std::string> headers;
  for (std::size_t i = 0; i < list.array().size(); ++i) {
    const field one = list.element(i);
    headers.push_back(one.text());
    if (headers.back().find("{n}") != std::string::npos) {
      one.refuse("without {n}, which is replaced in path only");
    }
  }
  return headers;
}

}  // namespace

request_kind read_request(const field& f, const std::string& base, std::uint64_t seed) {
  const fields keys(f.object(), f.place(),
                    {"name", "weight", "method", "path", "body_bytes", "body_file", "headers",
                     "refusals", "expect"});
  request_kind kind;
  kind.name = keys.at("name").text();
  if (keys.has("weight")) kind.weight = keys.at("weight").positive(weight_max);
  kind.body = read_body(keys, seed);
  const bool has_body = keys.has("body_bytes") || keys.has("body_file");
  kind.method = keys.text("method", has_body ? "POST" : "GET");
  kind.urls = {read_path(keys.at("path"), base)};
  if (keys.has("headers")) kind.headers = read_headers(keys.at("headers"));
  kind.expect.successes = {};
  kind.expect.successes[200] = true;
  if (keys.has("refusals")) kind.expect.refusals = read_statuses(keys.at("refusals"));
  if (keys.has("expect")) read_expectation(keys.at("expect"), kind);
  for (std::size_t status = 0; status < kind.expect.refusals.size(); ++status) {
    if (!kind.expect.refusals[status] || !kind.expect.successes[status]) continue;
    keys.at("refusals").refuse("without " + std::to_string(status) + ", which is a success");
  }
  return kind;
}

}  // namespace tailrace::load
