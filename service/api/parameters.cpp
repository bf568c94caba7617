#include "api/parameters.hpp"

#include <algorithm>

namespace tailrace::api {

result<parameters> parameters::parse(std::string_view query) {
  auto all = http::parse_query(query);
  if (all.has_error()) return all.error();
  for (auto one = all->begin(); one != all->end(); ++one) {
    const auto same = [&](const http::parameter& p) { return p.name == one->name; };
    if (std::any_of(all->begin(), one, same))
      return error(errc::bad_parameter, "parameter '" + one->name + "' is given twice");
  }
  parameters p;
  p.left_ = std::move(*all);
  return p;
}

std::optional<std::string> parameters::take(std::string_view name) {
  const auto found = std::find_if(left_.begin(), left_.end(),
                                  [&](const http::parameter& p) { return p.name == name; });
  if (found == left_.end()) return std::nullopt;
  std::string value = std::move(found->value);
  left_.erase(found);
  return value;
}

result<std::string> parameters::require(std::string_view name) {
  auto value = take(name);
  if (!value) return error(errc::bad_parameter, "parameter '" + std::string(name) + "' is missing");
  if (value->empty())
    return error(errc::bad_parameter, "parameter '" + std::string(name) + "' is empty");
  return std::move(*value);
}

result<bool> parameters::take_choice(std::string_view name, std::string_view first,
                                     std::string_view second) {
  const auto text = take(name);
  if (!text || *text == first) return false;
  if (*text == second) return true;
  return error(errc::bad_parameter,
               std::string(name) + " must be " + std::string(first) + " or " + std::string(second));
}

result<void> parameters::done() const {
  if (left_.empty()) return {};
  return error(errc::bad_parameter, "unknown parameter '" + left_.front().name + "'");
}

}  // namespace tailrace::api
