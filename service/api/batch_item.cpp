#include "api/batch_item.hpp"

#include "api/batch_document.hpp"
#include "api/parameters.hpp"
#include "core/base64.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>

namespace tailrace::api {
namespace {

namespace json = boost::json;

constexpr std::size_t id_bytes_max = 1024;
// A longer text is looked at first: it may be all values, each of which takes memory.
constexpr std::size_t unseen_bytes_max = 4096;
constexpr std::size_t values_max = 64;

error wrong(std::string detail) {
  return error(errc::bad_parameter, std::move(detail));
}

// Of what a client sent, for an answer that must not grow with it.
std::string excerpt(std::string_view text) {
  constexpr std::size_t most = 64;
  return text.size() <= most ? std::string(text) : std::string(text.substr(0, most)) + "…";
}

std::string_view view(const json::string& s) noexcept {
  return {s.data(), s.size()};
}

result<void> read_id(batch_item& item, const json::value& v) {
  if (v.is_structured()) return wrong("id must be a string, a number, true, false or null");
  std::string text = json::serialize(v);
  if (text.size() > id_bytes_max)
    return wrong("id is longer than " + std::to_string(id_bytes_max) + " bytes");
  item.id = std::move(text);
  return {};
}

result<void> read_url(batch_item& item, const json::value& v) {
  if (!v.is_string() || v.get_string().empty()) return wrong("url must be a string, not empty");
  item.url = view(v.get_string());
  return {};
}

result<void> read_data(batch_item& item, const json::value& v) {
  if (!v.is_string()) return wrong("data must be a string in base64");
  auto bytes = from_base64(view(v.get_string()));
  if (!bytes) return wrong("data is not base64 (RFC 4648, section 4, with padding)");
  item.data = std::move(*bytes);
  return {};
}

result<void> read_algorithms(batch_item& item, const json::value& v) {
  if (!v.is_array() || v.get_array().empty())
    return wrong("algorithms must be an array of names, not empty");
  std::string list;
  for (const json::value& name : v.get_array()) {
    if (!name.is_string()) return wrong("algorithms must be an array of names");
    list.append(list.empty() ? "" : ",").append(view(name.get_string()));
  }
  auto all = hash::parse_algorithms(list);
  if (all.has_error()) return all.error();
  item.algorithms = std::move(*all);
  return {};
}

result<void> read_verify(batch_item& item, const json::value& v) {
  if (!v.is_string()) return wrong("verify must be a string: ALGORITHM:HEX");
  auto expected = hash::parse_expectation(view(v.get_string()));
  if (expected.has_error()) return expected.error();
  item.verify = std::move(*expected);
  return {};
}

result<void> read_timeout(batch_item& item, const json::value& v) {
  const std::int64_t* const ms = v.if_int64();
  if (ms == nullptr || *ms < 1 || *ms > timeout_ms_max)
    return wrong("timeout_ms must be a whole number from 1 to " + std::to_string(timeout_ms_max));
  item.timeout = std::chrono::milliseconds(*ms);
  return {};
}

struct member {
  std::string_view key;
  result<void> (*read)(batch_item&, const json::value&);
};
constexpr member members[] = {{"id", read_id},         {"url", read_url},
                              {"data", read_data},     {"algorithms", read_algorithms},
                              {"verify", read_verify}, {"timeout_ms", read_timeout}};

result<void> read_members(batch_item& item, const json::value& from) {
  if (!from.is_object()) return wrong("an item must be an object");
  const json::object& all = from.get_object();
  for (const member& known : members) {
    const json::value* const v = all.if_contains(known.key);
    if (v == nullptr) continue;
    if (auto read = known.read(item, *v); read.has_error()) return read;
  }
  for (const auto& [key, value] : all) {
    const std::string_view name(key.data(), key.size());
    const bool known = std::any_of(std::begin(members), std::end(members),
                                   [&](const member& m) { return m.key == name; });
    if (!known)
      return wrong("unknown key '" + excerpt(name) +
                   "'; known are id url data algorithms verify timeout_ms");
  }
  const bool has_url = all.contains("url");
  const bool has_data = all.contains("data");
  if (has_url && has_data) return wrong("an item has url or data, not both");
  if (!has_url && !has_data) return wrong("an item needs url or data");
  return {};
}

}  // namespace

parsed_item read_item(const json::value& from, const item_rules& rules) {
  parsed_item read;
  batch_item& item = read.item;
  if (const auto done = read_members(item, from); done.has_error()) read.wrong = done.error();
  if (!read.wrong && item.url.size() > rules.url_bytes_max)
    read.wrong = wrong("url is longer than " + std::to_string(rules.url_bytes_max) +
                       " bytes (uri-bytes-max)");
  if (item.algorithms.empty()) item.algorithms = rules.usual;
  if (!item.verify) return read;
  const auto& all = item.algorithms;
  if (std::find(all.begin(), all.end(), item.verify->which) == all.end())
    item.algorithms.push_back(item.verify->which);
  return read;
}

parsed_item item_reader::read(std::string_view text, std::uint64_t line) {
  json::error_code ec;
  parsed_item none;
  if (text.size() > unseen_bytes_max) {
    if (!is_small_json(text, values_max)) {
      none.wrong = wrong("an item has no more than " + std::to_string(values_max) + " values");
      return none;
    }
    json::parser own;  // its memory is not kept
    own.write(text.data(), text.size(), ec);
    if (!ec) return read_item(own.release(), rules_);
  } else {
    parser_.reset();
    memory_.release();
    parser_.reset(&memory_);
    parser_.write(text.data(), text.size(), ec);
    if (!ec) return read_item(parser_.release(), rules_);
  }
  none.wrong = wrong("line " + std::to_string(line) + " is not JSON: " + ec.message());
  return none;
}

}  // namespace tailrace::api
