// The part of a plan file that describes one kind of request; throws plan_error.
#pragma once
#include "loadtest/generator/plan.hpp"
#include "loadtest/generator/plan_fields.hpp"

#include <string>

namespace tailrace::load {

// `seed` is that of a random body.
request_kind read_request(const field& f, const std::string& base, std::uint64_t seed);

}  // namespace tailrace::load
