#include "loadtest/generator/plan_fields.hpp"

#include <algorithm>
#include <cmath>

namespace tailrace::load {

namespace json = boost::json;

void field::refuse(std::string_view must_be) const {
  throw plan_error(place_ + " must be " + std::string(must_be));
}

const json::object& field::object() const {
  if (!value_.is_object()) refuse("an object");
  return value_.get_object();
}

const json::array& field::array() const {
  if (!value_.is_array() || value_.get_array().empty()) refuse("a list that is not empty");
  return value_.get_array();
}

field field::element(std::size_t index) const {
  return {place_ + "[" + std::to_string(index) + "]", array()[index]};
}

std::string field::text() const {
  if (!value_.is_string() || value_.get_string().empty()) refuse("a string that is not empty");
  return std::string(value_.get_string());
}

bool field::flag() const {
  if (!value_.is_bool()) refuse("true or false");
  return value_.get_bool();
}

std::uint64_t field::integer(limits l) const {
  boost::system::error_code ec;
  const auto number = value_.to_number<std::uint64_t>(ec);
  const bool whole = value_.is_int64() || value_.is_uint64();
  if (!whole || ec || number < l.least || number > l.most) {
    refuse("a whole number from " + std::to_string(l.least) + " to " + std::to_string(l.most));
  }
  return number;
}

double field::positive(double most) const {
  boost::system::error_code ec;
  const auto number = value_.to_number<double>(ec);
  // NaN compares with nothing.
  if (!value_.is_number() || ec || !(number > 0 && number <= most)) {
    refuse("a number over 0 and at most " + std::to_string(std::llround(most)));
  }
  return number;
}

fields::fields(const json::object& o, std::string place,
               std::initializer_list<std::string_view> known)
    : object_(o), place_(std::move(place)) {
  for (const auto& member : o) {
    const std::string_view key(member.key());
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string list;
    for (const auto name : known) list.append(list.empty() ? "" : ", ").append(name);
    throw plan_error(place_of(key) + " is unknown here; known are " + list);
  }
}

std::string fields::place_of(std::string_view key) const {
  return (place_.empty() ? "" : place_ + ".") + std::string(key);
}

field fields::at(std::string_view key) const {
  const json::value* const found = object_.if_contains(key);
  if (found == nullptr) throw plan_error(place_of(key) + " is missing");
  return {place_of(key), *found};
}

std::string fields::text(std::string_view key, std::string_view otherwise) const {
  return has(key) ? at(key).text() : std::string(otherwise);
}

bool fields::flag(std::string_view key, bool otherwise) const {
  return has(key) ? at(key).flag() : otherwise;
}

std::uint64_t fields::integer(std::string_view key, limits l, std::uint64_t otherwise) const {
  return has(key) ? at(key).integer(l) : otherwise;
}

}  // namespace tailrace::load
