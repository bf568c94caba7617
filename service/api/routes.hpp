// The routes as data; each has OPTIONS. 404, 405, Allow and the route labels of the metrics fall
// out of the table.
#pragma once
#include "http/head.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::api {

enum class endpoint : std::uint8_t { livez, readyz, version, metrics, hash, batch, resize };

struct route {
  std::string_view path;
  endpoint to;
  bool get;  // and HEAD
  bool post;
  bool probe;  // answered at once, without request id
  bool on_public;
  bool on_admin;
};

inline constexpr std::array<route, 7> routes{{
    {"/livez", endpoint::livez, true, false, true, true, true},
    {"/readyz", endpoint::readyz, true, false, true, true, true},
    {"/version", endpoint::version, true, false, true, true, true},
    {"/metrics", endpoint::metrics, true, false, true, false, true},
    {"/v1/hash", endpoint::hash, true, true, false, true, false},
    {"/v1/batch", endpoint::batch, false, true, false, true, false},
    {"/v1/resize", endpoint::resize, true, true, false, true, false},
}};

// What is not in the table, and what never became a request, is counted under this index.
inline constexpr std::size_t other_route = routes.size();

// Index into routes, or other_route.
std::size_t find_route(std::string_view path, bool admin) noexcept;

bool allows(const route& r, http::method m) noexcept;

// The value of an Allow field.
std::string_view allowed_methods(const route& r) noexcept;

}  // namespace tailrace::api
