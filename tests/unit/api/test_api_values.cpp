#include "admission/budget.hpp"
#include "api/parameters.hpp"
#include "api/request_id.hpp"
#include "api/routes.hpp"
#include "api/server_timing.hpp"

#include <set>
#include <string>

#include "tests/support/catch.hpp"

using namespace tailrace;
using namespace std::chrono_literals;

TEST_CASE("parameters are taken once, and what is left is an error") {
  auto p = api::parameters::parse("a=1&b=2&c=");
  REQUIRE(p.has_value());
  CHECK(p->take("a") == "1");
  CHECK_FALSE(p->take("a").has_value());
  CHECK(p->require("missing").error().detail == "parameter 'missing' is missing");
  CHECK(p->require("c").error().detail == "parameter 'c' is empty");
  CHECK(p->done().error().detail == "unknown parameter 'b'");
  CHECK(p->take("b") == "2");
  CHECK(p->done().has_value());
}

TEST_CASE("a parameter given twice is refused") {
  CHECK(api::parameters::parse("a=1&b=2&a=1").error().detail == "parameter 'a' is given twice");
}

TEST_CASE("request ids are taken over only where they are harmless") {
  CHECK(api::is_request_id("a-Z_0.9"));
  CHECK(api::is_request_id(std::string(128, 'a')));
  for (const std::string& bad : {std::string(), std::string(129, 'a'), std::string("a b"),
                                 std::string("a\nb"), std::string("a\"b"), std::string("\xc3\xa4")})
    CHECK_FALSE(api::is_request_id(bad));
  api::request_id_maker maker(1);
  std::set<std::string> made;
  for (int i = 0; i < 1000; ++i) {
    std::string id;
    maker.append(id);
    CHECK(api::is_request_id(id));
    made.insert(id);
  }
  CHECK(made.size() == 1000);
}

TEST_CASE("routes are found on the listener they belong to") {
  using api::find_route;
  CHECK(api::routes[find_route("/v1/hash", false)].to == api::endpoint::hash);
  CHECK(find_route("/v1/hash", true) == api::other_route);
  CHECK(find_route("/metrics", false) == api::other_route);
  CHECK(api::routes[find_route("/metrics", true)].to == api::endpoint::metrics);
  CHECK(find_route("/v1/hash/", false) == api::other_route);
  CHECK_FALSE(api::allows(api::routes[find_route("/livez", false)], http::method::post));
}

TEST_CASE("Server-Timing names the stages that took time, and the total") {
  stage_times stages;
  stages.add(stage::download, 1234567ns);
  stages.add(stage::hash, 5us);
  std::string out;
  api::append_server_timing(out, stages, 12345678ns);
  CHECK(out == "download;dur=1.234, hash;dur=0.005, total;dur=12.345");
  // What took no time of its own says so, and stands beside what did.
  stages.add_beside(2ms);
  out.clear();
  api::append_server_timing(out, stages, 12345678ns);
  CHECK(out ==
        "download;dur=1.234, hash;dur=0.005, hash;dur=2.000;desc=\"overlaps\", total;dur=12.345");
}

TEST_CASE("a budget is given out up to its capacity and comes back with its permits") {
  admission::budget b(10);
  auto most = b.try_take(7);
  REQUIRE(most.has_value());
  CHECK_FALSE(b.try_take(4).has_value());
  CHECK_FALSE(b.try_take(11).has_value());
  auto rest = b.try_take(3);
  REQUIRE(rest.has_value());
  CHECK(b.used() == 10);
  // Replacing a permit gives back the one before.
  *most = std::move(*rest);
  CHECK(b.used() == 3);
  most.reset();
  CHECK(b.used() == 0);
}

TEST_CASE("a budget knows what its permits are for") {
  using admission::use;
  admission::budget b(100);
  auto image = b.try_take(40, use::image);
  auto slice = b.try_take(10, use::slice);
  auto rest = b.try_take(5);
  CHECK(b.used() == 55);
  CHECK(b.used_for(use::image) == 40);
  CHECK(b.used_for(use::slice) == 10);
  CHECK(b.used_for(use::unspecified) == 0);
  // Joined, they are for one use; moved, for the same.
  image->absorb(std::move(*slice));
  CHECK(b.used_for(use::image) == 50);
  CHECK(b.used_for(use::slice) == 0);
  admission::budget::permit moved = std::move(*image);
  admission::budget::permit fresh;
  fresh.absorb(std::move(moved));
  CHECK(b.used_for(use::image) == 50);
  fresh.absorb(std::move(*rest));
  CHECK(b.used_for(use::image) == 55);
  CHECK_FALSE(b.try_take(46, use::batch).has_value());
  CHECK_FALSE(b.try_take(101).has_value());
  CHECK(b.refused_for(use::batch) == 1);
  CHECK(b.refused_for(use::unspecified) == 0);
  CHECK(b.refused_for(use::image) == 0);
  fresh.release();
  CHECK(b.used() == 0);
  CHECK(b.used_for(use::image) == 0);
}
