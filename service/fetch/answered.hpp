// What one attempt at an origin gave.
#pragma once
#include "fetch/connection.hpp"
#include "fetch/origin_visit.hpp"
#include "http/framing.hpp"
#include "http/head.hpp"

#include <memory>
#include <string>
#include <utility>

namespace tailrace::fetch {

// An origin's final head, and the connection that its body comes on.
struct answered {
  answered(std::unique_ptr<connection> c, std::string k) : on(std::move(c)), key(std::move(k)) {}

  origin_visit visit;  // outlives the connection: the next turn begins when that is free
  std::unique_ptr<connection> on;
  std::string key;
  http::response_head head;  // views into on->buffer
  http::framing framing;
};

}  // namespace tailrace::fetch
