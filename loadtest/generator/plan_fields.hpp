// One object of a plan file, read strictly: a key that is unknown, missing or of the wrong type is
// an error that names it with its place, as in "phases[1].rate must be a number over 0".
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tailrace::load {

struct plan_error : std::runtime_error {
  using runtime_error::runtime_error;
};

struct limits {
  std::uint64_t least;
  std::uint64_t most;
};

// Where in the file a value stands, and the value.
class field {
 public:
  field(std::string place, const boost::json::value& v) : place_(std::move(place)), value_(v) {}

  const std::string& place() const noexcept { return place_; }
  [[noreturn]] void refuse(std::string_view must_be) const;  // "<place> must be <must_be>"

  const boost::json::object& object() const;
  const boost::json::array& array() const;  // with at least one element
  field element(std::size_t index) const;
  std::string text() const;  // not empty
  bool flag() const;
  std::uint64_t integer(limits l) const;
  double positive(double most) const;

 private:
  std::string place_;
  const boost::json::value& value_;
};

class fields {
 public:
  // `place` is empty for the whole file. The object must outlive this.
  fields(const boost::json::object& o, std::string place,
         std::initializer_list<std::string_view> known);

  bool has(std::string_view key) const { return object_.contains(key); }
  field at(std::string_view key) const;  // throws when it is missing
  std::string place_of(std::string_view key) const;

  // With a default for what is missing.
  std::string text(std::string_view key, std::string_view otherwise) const;
  bool flag(std::string_view key, bool otherwise) const;
  std::uint64_t integer(std::string_view key, limits l, std::uint64_t otherwise) const;

 private:
  const boost::json::object& object_;
  std::string place_;
};

}  // namespace tailrace::load
