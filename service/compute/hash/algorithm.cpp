#include "compute/hash/algorithm.hpp"

#include "core/hex.hpp"

#include <algorithm>
#include <optional>

namespace tailrace::hash {
namespace {

std::optional<algorithm> find(std::string_view name) noexcept {
  for (std::size_t i = 0; i < algorithm_names.size(); ++i)
    if (algorithm_names[i] == name) return static_cast<algorithm>(i);
  return std::nullopt;
}

error unknown(std::string_view name) {
  // What a client sent, cut: an answer must not grow with it.
  std::string detail = "unknown algorithm '" + std::string(name.substr(0, 64)) + "'; known are";
  for (const auto known : algorithm_names) detail.append(" ").append(known);
  return error(errc::bad_parameter, std::move(detail));
}

}  // namespace

result<algorithm_list> parse_algorithms(std::string_view list) {
  algorithm_list all;
  for (bool more = true; more;) {
    const auto comma = list.find(',');
    const std::string_view name = list.substr(0, comma);
    more = comma != list.npos;
    if (more) list.remove_prefix(comma + 1);
    const auto a = find(name);
    if (!a) return unknown(name);
    if (std::find(all.begin(), all.end(), *a) != all.end())
      return error(errc::bad_parameter, "algorithm '" + std::string(name) + "' is given twice");
    all.push_back(*a);
  }
  return all;
}

result<expectation> parse_expectation(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos)
    return error(errc::bad_parameter, "verify must be ALGORITHM:HEX, as in sha256:9f86…");
  const auto a = find(text.substr(0, colon));
  if (!a) return unknown(text.substr(0, colon));
  auto hex = lower_hex(text.substr(colon + 1));
  if (!hex) return error(errc::bad_parameter, "verify: the digest is not hexadecimal");
  expectation e{*a, std::move(*hex)};
  if (e.hex.size() != 2 * size_of(*a))
    return error(errc::bad_parameter, "verify: a digest of " + std::string(name_of(*a)) + " has " +
                                          std::to_string(2 * size_of(*a)) + " hex digits");
  return e;
}

}  // namespace tailrace::hash
