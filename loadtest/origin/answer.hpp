// From a request to how it is answered: routes, heads, and where on the wire the faults asked for
// happen.
#pragma once
#include "loadtest/origin/reply.hpp"
#include "loadtest/origin/request.hpp"
#include "loadtest/origin/wish.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace tailrace::load::faulty {

// Contents by name, with slashes between folders.
using files = std::map<std::string, std::shared_ptr<const std::string>, std::less<>>;

// What all answers share.
struct habits {
  unsigned latency_ms = 0;  // where a request names none
  bool close_notify = true;
};

struct answer {
  faulty::reply reply;
  std::string_view prefix;  // as counters name it
  bool refused = false;     // not understood: a status 400 that no fault is
};

// `luck`, in 0…1, is the part of the jitter that this answer gets.
answer answer_to(const request& r, const files& site, const habits& usual, double luck);

// Status and text, and nothing unusual.
reply plain_reply(unsigned status, std::string_view type, std::string text, bool keep_alive);

}  // namespace tailrace::load::faulty
