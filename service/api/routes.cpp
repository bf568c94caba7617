#include "api/routes.hpp"

namespace tailrace::api {

std::size_t find_route(std::string_view path, bool admin) noexcept {
  for (std::size_t i = 0; i < routes.size(); ++i)
    if (routes[i].path == path && (admin ? routes[i].on_admin : routes[i].on_public)) return i;
  return other_route;
}

bool allows(const route& r, http::method m) noexcept {
  switch (m) {
    case http::method::get:
    case http::method::head:
      return r.get;
    case http::method::options:
      return true;
    case http::method::post:
      return r.post;
    case http::method::other:
      break;
  }
  return false;
}

std::string_view allowed_methods(const route& r) noexcept {
  if (!r.get) return "POST, OPTIONS";
  return r.post ? "GET, HEAD, POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

}  // namespace tailrace::api
