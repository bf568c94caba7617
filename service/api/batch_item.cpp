#include "api/batch_item.hpp"

#include "core/base64.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>

#include <algorithm>
#include <chrono>

namespace tailrace::api {
namespace {

namespace json = boost::json;

constexpr std::size_t id_bytes_max = 1024;
constexpr std::int64_t timeout_ms_max = 24 * 3600 * 1000;

error wrong(std::string detail) {
  return error(errc::bad_parameter, std::move(detail));
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
      return wrong("unknown key '" + std::string(name) +
                   "'; known are id url data algorithms verify timeout_ms");
  }
  const bool has_url = all.contains("url");
  const bool has_data = all.contains("data");
  if (has_url && has_data) return wrong("an item has url or data, not both");
  if (!has_url && !has_data) return wrong("an item needs url or data");
  return {};
}

}  // namespace

parsed_item read_item(const json::value& from, const hash::algorithm_list& usual) {
  parsed_item read;
  batch_item& item = read.item;
  if (const auto done = read_members(item, from); done.has_error()) read.wrong = done.error();
  if (item.algorithms.empty()) item.algorithms = usual;
  if (!item.verify) return read;
  const auto& all = item.algorithms;
  if (std::find(all.begin(), all.end(), item.verify->which) == all.end())
    item.algorithms.push_back(item.verify->which);
  return read;
}

parsed_item item_line_reader::read(std::string_view line, std::uint64_t number,
                                   const hash::algorithm_list& usual) {
  json::monotonic_resource memory(memory_.data(), memory_.size());
  parser_.reset(&memory);
  json::error_code ec;
  parser_.write(line.data(), line.size(), ec);
  if (ec) {
    parsed_item broken;
    broken.wrong = wrong("line " + std::to_string(number) + " is not JSON: " + ec.message());
    parser_.reset();
    return broken;
  }
  parsed_item read = read_item(parser_.release(), usual);
  parser_.reset();
  return read;
}

result<std::vector<parsed_item>> read_document(std::string_view text,
                                               const hash::algorithm_list& usual) {
  json::monotonic_resource memory;
  json::stream_parser parser(&memory);
  json::error_code ec;
  std::size_t read = parser.write_some(text.data(), text.size(), ec);
  if (!ec && read < text.size()) ec = json::error::extra_data;
  if (!ec) parser.finish(ec);
  if (ec) {
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(read), '\n');
    return wrong("the body is not JSON, line " + std::to_string(line) + ": " + ec.message());
  }
  const json::value document = parser.release();
  const json::object* const top = document.if_object();
  const json::value* const items = top == nullptr ? nullptr : top->if_contains("items");
  if (items == nullptr || !items->is_array() || top->size() != 1)
    return wrong("the body must be an object with one member, the array items");
  std::vector<parsed_item> all;
  all.reserve(items->get_array().size());
  for (const json::value& each : items->get_array()) all.push_back(read_item(each, usual));
  return all;
}

}  // namespace tailrace::api
