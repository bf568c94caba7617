#include "loadtest/generator/expectation.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>

namespace tailrace::load {
namespace {

namespace json = boost::json;

// A JSON document beyond this is not what an API answers.
constexpr std::size_t json_bytes_max = 32 * 1024 * 1024;
// The dimensions come early, behind metadata at most; the pixels need not be kept.
constexpr std::size_t image_bytes_max = 1024 * 1024;
constexpr std::size_t shown_bytes_max = 80;

bool listed(const status_set& set, unsigned status) {
  return status < set.size() && set[status];
}

// For a terminal or a report: short, and without what could be taken for a command.
std::string shown(std::string_view text) {
  std::string out("'");
  out.append(text.substr(0, shown_bytes_max));
  std::replace_if(out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out.append(text.size() > shown_bytes_max ? "…'" : "'");
}

std::string shown_value(const std::variant<std::string, long double>& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return shown(*text);
  return json::serialize(json::value(static_cast<double>(std::get<long double>(value))));
}

std::string joined(const std::vector<std::string>& path) {
  std::string text;
  for (const auto& name : path) text += (text.empty() ? "" : ".") + name;
  return text;
}

const json::value* element_of(const json::array& array, const std::string& index) {
  std::size_t i = 0;
  const char* const end = index.data() + index.size();
  const auto [stop, ec] = std::from_chars(index.data(), end, i);
  return ec == std::errc() && stop == end ? array.if_contains(i) : nullptr;
}

const json::value* find(const json::value& document, const std::vector<std::string>& path) {
  const json::value* at = &document;
  for (const auto& name : path) {
    const json::value* const parent = at;
    at = nullptr;
    if (const auto* object = parent->if_object()) at = object->if_contains(name);
    if (const auto* array = parent->if_array()) at = element_of(*array, name);
    if (at == nullptr) return nullptr;
  }
  return at;
}

bool equal(const json::value& found, const std::variant<std::string, long double>& expected) {
  if (const auto* text = std::get_if<std::string>(&expected)) {
    return found.is_string() && std::string_view(found.get_string()) == *text;
  }
  const long double number = std::get<long double>(expected);
  if (const auto* i = found.if_int64()) return static_cast<long double>(*i) == number;
  if (const auto* u = found.if_uint64()) return static_cast<long double>(*u) == number;
  if (const auto* d = found.if_double()) return static_cast<long double>(*d) == number;
  return false;
}

judgement wrong(std::size_t check, std::string fault) {
  return {ending::content, std::move(fault), check};
}

// Checks are numbered: the headers, the JSON values, that there is JSON at all, the image.
std::size_t json_number(const expectation& e, std::size_t value) {
  return e.headers.size() + value;
}

std::size_t image_number(const expectation& e) {
  return json_number(e, e.json.size()) + 1;
}

judgement judge_json(const expectation& e, const answer& a) {
  if (e.json.empty()) return {ending::ok, {}};
  const std::size_t any_json = json_number(e, e.json.size());
  if (a.body.size() < a.body_bytes) return wrong(any_json, "the body is too long to be checked");
  std::array<unsigned char, 4096> buffer;  // enough for most answers, so that nothing is allocated
  json::monotonic_resource memory(buffer.data(), buffer.size());
  boost::system::error_code ec;
  const json::value document = json::parse(a.body, ec, &memory);
  if (ec) return wrong(any_json, "the body is no JSON: " + shown(a.body));
  for (std::size_t i = 0; i < e.json.size(); ++i) {
    const json_check& check = e.json[i];
    const json::value* const found = find(document, check.path);
    if (found != nullptr && equal(*found, check.expected)) continue;
    const std::string name = joined(check.path);
    if (found == nullptr) {
      return wrong(json_number(e, i), "JSON has no " + name + ": " + shown(a.body));
    }
    return wrong(json_number(e, i), "JSON " + name + " is " + shown(json::serialize(*found)) +
                                        ", not " + shown_value(check.expected));
  }
  return {ending::ok, {}};
}

std::string size_text(const std::optional<std::uint32_t>& n) {
  return n ? std::to_string(*n) : "any";
}

judgement judge_image(const expectation& e, const answer& a) {
  if (!e.image) return {ending::ok, {}};
  const auto found = read_image_header(a.body);
  if (!found) {
    return wrong(image_number(e), "the body is no image with a readable header: " + shown(a.body));
  }
  const image_check& want = *e.image;
  if (found->format == want.format && want.width.value_or(found->width) == found->width &&
      want.height.value_or(found->height) == found->height) {
    return {ending::ok, {}};
  }
  const auto text = [](image_format format, const std::string& width, const std::string& height) {
    return std::string(name_of(format)) + " of " + width + " x " + height;
  };
  return wrong(
      image_number(e),
      "image is " +
          text(found->format, std::to_string(found->width), std::to_string(found->height)) +
          ", not " + text(want.format, size_text(want.width), size_text(want.height)));
}

judgement judge_headers(const expectation& e, const answer& a) {
  for (std::size_t i = 0; i < e.headers.size(); ++i) {
    const std::string& name = e.headers[i].name;
    if (!a.headers[i]) return wrong(i, "no header " + name);
    if (*a.headers[i] == e.headers[i].value) continue;
    return wrong(
        i, "header " + name + " is " + shown(*a.headers[i]) + ", not " + shown(e.headers[i].value));
  }
  return {ending::ok, {}};
}

}  // namespace

status_set default_successes() {
  status_set set{};
  std::fill(set.begin() + 100, set.begin() + 400, true);
  return set;
}

capture expectation::needs() const {
  capture c;
  for (const auto& check : headers) c.headers.push_back(check.name);
  if (image) c.body_bytes_max = image_bytes_max;
  if (!json.empty()) c.body_bytes_max = json_bytes_max;
  return c;
}

judgement judge(const expectation& e, const answer& a) {
  if (listed(e.refusals, a.status)) return {ending::refused, {}};
  if (!listed(e.successes, a.status)) return {ending::status, {}};
  for (const auto judge_part : {judge_headers, judge_json, judge_image}) {
    if (judgement found = judge_part(e, a); found.how != ending::ok) return found;
  }
  return {ending::ok, {}};
}

}  // namespace tailrace::load
