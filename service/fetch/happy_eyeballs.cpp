#include "fetch/happy_eyeballs.hpp"

#include <algorithm>

namespace tailrace::fetch {

std::vector<address> by_turns(const std::vector<address>& found) {
  std::vector<address> families[2];  // IPv6, IPv4
  for (const address& a : found) {
    auto& family = families[a.is_v6() ? 0 : 1];
    if (std::find(family.begin(), family.end(), a) == family.end()) family.push_back(a);
  }
  std::vector<address> all;
  for (std::size_t i = 0; i < std::max(families[0].size(), families[1].size()); ++i)
    for (const auto& family : families)
      if (i < family.size()) all.push_back(family[i]);
  return all;
}

}  // namespace tailrace::fetch
