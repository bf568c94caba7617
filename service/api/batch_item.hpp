// One item of a batch, read from its JSON. Pure.
#pragma once
#include "compute/hash/algorithm.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tailrace::api {

struct batch_item {
  std::string id;   // as JSON text, to be sent back; empty = none
  std::string url;  // empty: `data` it is
  std::vector<std::byte> data;
  hash::algorithm_list algorithms;  // at least one; that of `verify` too
  std::optional<hash::expectation> verify;
  std::optional<duration> timeout;
};

// An item, or what is wrong with it: its id is kept either way, where there is one that can be
// read.
struct parsed_item {
  batch_item item;
  std::optional<error> wrong;
};

struct item_rules {
  hash::algorithm_list usual;  // stands in for `algorithms`
  std::size_t url_bytes_max = 8192;
};

// The members `url` or `data` (base64), `id` (a scalar of 1024 bytes at most), `algorithms`
// (names), `verify` ("ALG:HEX"), `timeout_ms`; any other is an error.
parsed_item read_item(const boost::json::value& from, const item_rules& rules);

// Reads items from their text, one after the other, in memory that does not grow.
class item_reader {
 public:
  explicit item_reader(item_rules rules) : rules_(std::move(rules)) {}
  item_reader(const item_reader&) = delete;
  item_reader& operator=(const item_reader&) = delete;

  // `line` counts from 1, for the error of a text that is not JSON.
  parsed_item read(std::string_view text, std::uint64_t line);

  // Text and values of one take no more than so many times the text.
  static constexpr std::uint64_t growth_max = 4;

 private:
  const item_rules rules_;
  std::array<unsigned char, 16384> first_;  // enough for most items' values
  boost::json::monotonic_resource memory_{first_.data(), first_.size()};
  boost::json::parser parser_;
};

}  // namespace tailrace::api
