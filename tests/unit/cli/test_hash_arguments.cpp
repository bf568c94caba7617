#include "cli/hash_arguments.hpp"
#include "core/settings_table.hpp"

#include "tests/support/catch.hpp"

namespace tailrace::cli {
namespace {

using kind = hash_command_line::kind;
using words = std::vector<std::string>;

hash_options options_of(const words& arguments) {
  const auto c = read_hash_arguments(arguments);
  INFO(c.text);
  REQUIRE(c.what == kind::run);
  return c.options;
}

void expect_refusal(const words& arguments, const std::string& part) {
  const auto c = read_hash_arguments(arguments);
  INFO(c.text);
  CHECK(c.what == kind::refuse);
  CHECK(c.text.starts_with("tailrace: "));
  CHECK(c.text.find('\n') == c.text.size() - 1);
  CHECK(c.text.find(part) != c.text.npos);
}

}  // namespace

TEST_CASE("hash arguments: nothing means the SHA-256 of standard input") {
  const auto o = options_of({});
  CHECK(o.names == words{"-"});
  CHECK(o.algorithms == hash::algorithm_list{hash::algorithm::sha256});
  CHECK_FALSE(o.algorithm_given);
  CHECK(o.max_concurrent == 8);
  CHECK_FALSE(o.fail_fast);
  CHECK(o.progress);
  CHECK_FALSE(o.check);
}

TEST_CASE("hash arguments: options and names come in any order") {
  const auto o = options_of({"a", "--algorithm", "md5", "-j4", "b", "--fail-fast", "-",
                             "--no-progress", "--", "-c", "--tag"});
  CHECK(o.names == words{"a", "b", "-", "-c", "--tag"});
  CHECK(o.algorithms == hash::algorithm_list{hash::algorithm::md5});
  CHECK(o.max_concurrent == 4);
  CHECK(o.fail_fast);
  CHECK_FALSE(o.progress);
  CHECK_FALSE(o.check);
}

TEST_CASE("hash arguments: brief options may share a dash, the last one with a value") {
  const auto o = options_of({"-cwa", "sha512", "-asha1", "list"});
  CHECK(o.check);
  CHECK(o.warn);
  CHECK(o.algorithms == hash::algorithm_list{hash::algorithm::sha1});
  CHECK(o.names == words{"list"});
  CHECK(options_of({"-bz"}).style.zero);
  CHECK(options_of({"-bz"}).style.binary);
  CHECK_FALSE(options_of({"-bt"}).style.binary);
  CHECK(options_of({"--tag"}).style.tag);
}

TEST_CASE("hash arguments: names are taken as they are") {
  // What other grammars have read as subcommands, lists or comments.
  const words names{"hash", "healthcheck", "[a,b]", "a,b", "", " ", "#", "\xff", "a=b", "{}"};
  CHECK(options_of(names).names == names);
}

TEST_CASE("hash arguments: how many at a time is between 1 and 256") {
  CHECK(options_of({"--max-concurrent=1"}).max_concurrent == 1);
  CHECK(options_of({"--max-concurrent", "256"}).max_concurrent == 256);
  expect_refusal({"--max-concurrent=0"}, "max_concurrent must be greater than 0");
  for (const char* bad : {"257", "-1", "x", "", "1x", "99999999999999999999999"})
    expect_refusal({std::string("--max-concurrent=") + bad}, "from 1 to 256");
}

TEST_CASE("hash arguments: mistakes are told") {
  expect_refusal({"--algorithm=sha3"}, "unknown algorithm 'sha3'; known are sha256");
  expect_refusal({"--algorithm"}, "needs a value");
  expect_refusal({"-a"}, "needs a value");
  expect_refusal({"--fail-fast=yes"}, "takes no value");
  expect_refusal({"--nonsense"}, "unknown option \"--nonsense\"; see tailrace hash --help");
  expect_refusal({"--ignore"}, "did you mean --ignore-missing?");
  expect_refusal({"--allow-source-network=x"}, "did you mean --allow-source-networks?");
  expect_refusal({"-x"}, "unknown option \"-x\"");
  expect_refusal({"--status"}, "--status is for --check only");
  expect_refusal({"-w"}, "--warn is for --check only");
  expect_refusal({"-c", "--tag"}, "--tag");
  expect_refusal({"-cz"}, "--zero");
  expect_refusal({"-c", "--algorithm=sha256,md5"}, "one algorithm");
}

TEST_CASE("hash arguments: settings of sources are passed on, no others") {
  const auto c =
      read_hash_arguments({"--allow-source-networks", "10.0.0.0/8", "a", "--redirects-max=2",
                           "--origin-hedging", "b", "--no-origin-hedging", "--config", "file"});
  INFO(c.text);
  CHECK(c.what == kind::run);
  CHECK(c.settings == words{"--allow-source-networks", "10.0.0.0/8", "--redirects-max=2",
                            "--origin-hedging", "--no-origin-hedging", "--config", "file"});
  CHECK(c.options.names == words{"a", "b"});
  expect_refusal({"--listen=127.0.0.1:1"}, "unknown option");
  expect_refusal({"--no-redirects-max"}, "unknown option");
}

TEST_CASE("hash arguments: help lists every option and every setting of sources") {
  for (const words& asked : {words{"--help"}, words{"-h"}, words{"a", "-ch"}}) {
    const auto c = read_hash_arguments(asked);
    CHECK(c.what == kind::say);
    for (const char* name : {"--algorithm=", "--max-concurrent=", "--ignore-missing", "--tag"})
      CHECK(c.text.find(name) != c.text.npos);
    for (const auto& each : settings_table()) {
      INFO(each.name);
      const bool listed = c.text.find(" --" + std::string(each.name) + " ") != c.text.npos;
      CHECK(listed == (each.group == "Sources"));
    }
  }
  CHECK(read_hash_arguments({"--version"}).text == "tailrace " TAILRACE_VERSION "\n");
}

}  // namespace tailrace::cli
