// A number out of a report in JSON.
#pragma once
#include <boost/json/value.hpp>

#include <cstdint>

namespace tailrace::test {

// Throws when nothing is there, or no count.
inline std::uint64_t count(const boost::json::value& v, const char* pointer) {
  return v.at_pointer(pointer).to_number<std::uint64_t>();
}

}  // namespace tailrace::test
