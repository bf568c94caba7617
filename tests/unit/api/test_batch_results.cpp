#include "api/batch_results.hpp"

#include <boost/json/parse.hpp>

#include <random>
#include <string>

#include "tests/support/catch.hpp"

using namespace tailrace;
using api::batch_form;
using api::batch_order;
using api::batch_results;

namespace {

hash::digest_list digests_of(std::string_view text) {
  const hash::algorithm_list md5{hash::algorithm::md5};
  hash::hasher h(md5);
  h.update(std::as_bytes(std::span(text)));
  return h.finish();
}

const std::string empty_md5 = "d41d8cd98f00b204e9800998ecf8427e";

std::string ok_line(int index, const std::string& id = {}) {
  return "{\"index\":" + std::to_string(index) + (id.empty() ? "" : ",\"id\":" + id) +
         ",\"digests\":{\"md5\":\"" + empty_md5 + "\"},\"bytes\":0}\n";
}

}  // namespace

TEST_CASE("in input order a result waits for those before it") {
  batch_results r(batch_order::input, batch_form::lines);
  for (std::uint64_t i = 0; i < 3; ++i) CHECK(r.begin() == i);
  CHECK(r.waiting() == 3);
  r.ok(2, "\"c\"", 0, digests_of(""));
  r.ok(1, {}, 0, digests_of(""));
  CHECK(r.text().empty());
  CHECK(r.waiting() == 3);
  r.ok(0, "7", 0, digests_of(""));
  CHECK(r.text() == ok_line(0, "7") + ok_line(1) + ok_line(2, "\"c\""));
  CHECK(r.waiting() == 0);
}

TEST_CASE("in the order of completion a result waits for none") {
  batch_results r(batch_order::completion, batch_form::lines);
  for (int i = 0; i < 3; ++i) r.begin();
  r.ok(2, {}, 0, digests_of(""));
  CHECK(r.text() == ok_line(2));
  CHECK(r.waiting() == 2);
  r.ok(0, {}, 0, digests_of(""));
  r.ok(1, {}, 0, digests_of(""));
  CHECK(r.text() == ok_line(2) + ok_line(0) + ok_line(1));
}

TEST_CASE("any order of ends gives every result once, in its place") {
  const auto seed = GENERATE(1U, 2U, 3U, 4U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  batch_results r(batch_order::input, batch_form::lines);
  std::vector<std::uint64_t> under_way;
  std::string expected;
  for (int begun = 0; begun < 500 || !under_way.empty();) {
    if (begun < 500 && (under_way.empty() || random() % 2 == 0)) {
      under_way.push_back(r.begin());
      expected += ok_line(begun++);
      continue;
    }
    const auto at = under_way.begin() + static_cast<std::ptrdiff_t>(random() % under_way.size());
    r.ok(*at, {}, 0, digests_of(""));
    under_way.erase(at);
  }
  CHECK(r.text() == expected);
  CHECK(r.counts().ok == 500);
}

TEST_CASE("errors, progress and the summary among lines") {
  batch_results r(batch_order::input, batch_form::lines);
  for (int i = 0; i < 3; ++i) r.begin();
  r.failed(0, {}, error(errc::origin_dns, "no such name"));
  r.failed(1, "1", error(errc::cancelled));
  r.progress();
  r.failed(2, {}, error(errc::queue_full, "not for the client's eyes"));
  r.finish();
  CHECK(r.text() ==
        "{\"index\":0,\"error\":{\"type\":\"about:blank\",\"title\":\"The origin's name cannot be "
        "resolved\",\"status\":502,\"detail\":\"no such name\",\"code\":\"origin_dns\"}}\n"
        "{\"index\":1,\"id\":1,\"error\":{\"type\":\"about:blank\",\"title\":\"Not done because "
        "something beside it failed\",\"status\":424,\"code\":\"cancelled\"}}\n"
        "{\"progress\":{\"done\":2,\"received\":3}}\n"
        "{\"index\":2,\"error\":{\"type\":\"about:blank\",\"title\":\"Too busy to take this "
        "request\",\"status\":503,\"code\":\"queue_full\"}}\n"
        "{\"summary\":{\"total\":3,\"ok\":0,\"failed\":2,\"cancelled\":1}}\n");
}

TEST_CASE("a document is one JSON value when it is finished, and none before") {
  batch_results r(batch_order::completion, batch_form::json);
  const int items = GENERATE(0, 1, 3);
  for (int i = 0; i < items; ++i) r.begin();
  for (int i = 0; i < items; ++i) r.ok(static_cast<std::uint64_t>(i), {}, 0, digests_of(""));
  boost::json::error_code ec;
  boost::json::parse(r.text(), ec);
  CHECK(ec.failed());
  r.give_up(error(errc::internal));
  r.finish();
  const auto value = boost::json::parse(r.text(), ec);
  REQUIRE_FALSE(ec.failed());
  CHECK(value.at("results").as_array().size() == static_cast<std::size_t>(items));
  CHECK(value.at("summary").at("total") == items);
}
