#include "cli/check_report.hpp"

#include "tests/support/catch.hpp"

namespace tailrace::cli {
namespace {

using lines = std::vector<std::string>;

result<hash::digest_list> digests_of(std::string_view text) {
  const hash::algorithm a = hash::algorithm::sha256;
  hash::hasher h(std::span(&a, 1));
  h.update(std::as_bytes(std::span(text)));
  return h.finish();
}

}  // namespace

TEST_CASE("check report: a digest is right or wrong, and a file may be absent") {
  const auto got = digests_of("text");
  const hash::listed wanted{hash::algorithm::sha256, std::string(got->front().hex()), "a"};
  CHECK(judge(wanted, got, false) == verdict::right);
  CHECK(judge(wanted, digests_of("other"), false) == verdict::wrong);
  CHECK(judge(wanted, error(errc::source_not_found), false) == verdict::unread);
  CHECK(judge(wanted, error(errc::source_not_found), true) == verdict::absent);
  CHECK(judge(wanted, error(errc::source_refused), true) == verdict::unread);
}

TEST_CASE("check report: all right") {
  const hash_options o;
  check_report r(o, "list");
  CHECK(r.add("a", verdict::right) == "a: OK\n");
  CHECK(r.add("a\nb\\", verdict::right) == "\\a\\nb\\\\: OK\n");
  CHECK(r.add("b\\", verdict::right) == "\\b\\\\: OK\n");
  CHECK(r.warnings().empty());
  CHECK(r.good());
}

TEST_CASE("check report: what went wrong is counted") {
  const hash_options o;
  check_report r(o, "list");
  CHECK(r.add("a", verdict::wrong) == "a: FAILED\n");
  CHECK(r.add("b", verdict::unread) == "b: FAILED open or read\n");
  CHECK(r.misformatted(3).empty());
  CHECK(r.warnings() == lines{"WARNING: 1 line is improperly formatted",
                              "WARNING: 1 listed file could not be read",
                              "WARNING: 1 computed checksum did NOT match"});
  CHECK_FALSE(r.good());
  r.add("c", verdict::wrong);
  r.add("d", verdict::unread);
  r.misformatted(4);
  CHECK(r.warnings() == lines{"WARNING: 2 lines are improperly formatted",
                              "WARNING: 2 listed files could not be read",
                              "WARNING: 2 computed checksums did NOT match"});
}

TEST_CASE("check report: --quiet and --status leave lines out, --warn tells more") {
  hash_options o;
  o.quiet = o.warn = true;
  check_report quiet(o, "list");
  CHECK(quiet.add("a", verdict::right).empty());
  CHECK(quiet.add("a", verdict::wrong) == "a: FAILED\n");
  CHECK(quiet.misformatted(7) == "list: 7: improperly formatted SHA256 checksum line");
  o.status = true;
  check_report silent(o, "list");
  CHECK(silent.add("a", verdict::wrong).empty());
  CHECK(silent.warnings().empty());
  CHECK_FALSE(silent.good());
}

TEST_CASE("check report: --strict makes a bad line a failure") {
  hash_options o;
  check_report lax(o, "list");
  lax.add("a", verdict::right);
  lax.misformatted(2);
  CHECK(lax.good());
  o.strict = true;
  CHECK_FALSE(lax.good());
}

TEST_CASE("check report: a list that checks nothing is no success") {
  hash_options o;
  check_report empty(o, "list");
  empty.misformatted(1);
  CHECK(empty.warnings() == lines{"list: no properly formatted checksum lines found"});
  CHECK_FALSE(empty.good());

  o.ignore_missing = true;
  check_report all_absent(o, "list");
  CHECK(all_absent.add("a", verdict::absent).empty());
  CHECK(all_absent.warnings() == lines{"list: no file was verified"});
  CHECK_FALSE(all_absent.good());
  all_absent.add("b", verdict::right);
  CHECK(all_absent.good());
}

}  // namespace tailrace::cli
