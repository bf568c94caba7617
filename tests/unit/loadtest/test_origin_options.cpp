#include "loadtest/origin/options.hpp"

#include <openssl/ssl.h>

#include <filesystem>

#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"

using namespace tailrace::load::faulty;

namespace {

options accepted(const std::vector<std::string>& arguments) {
  return std::get<options>(parse_options(arguments));
}

std::string refusal_of(const std::vector<std::string>& arguments) {
  const auto parsed = parse_options(arguments);
  const auto* const early = std::get_if<early_exit>(&parsed);
  return early != nullptr && early->code == 2 ? early->text : "accepted";
}

}  // namespace

TEST_CASE("the origin's flags") {
  const options usual = accepted({});
  CHECK(usual.listen.address().is_loopback());
  CHECK(usual.listen.port() == 0);
  CHECK_FALSE(usual.counters_listen);
  CHECK((usual.usual.close_notify && !usual.silent && usual.threads == 1));
  const options all =
      accepted({"--listen=0.0.0.0:80", "--counters-listen=127.0.0.1:81", "--tls-certificate=c",
                "--tls-key=k", "--tls-max=1.1", "--no-close-notify", "--latency-ms=60", "--silent",
                "--threads=3", "--port-file=p"});
  CHECK((all.listen.port() == 80 && all.counters_listen->port() == 81));
  CHECK((all.tls_certificate_file == "c" && all.tls_key_file == "k" && all.port_file == "p"));
  CHECK(all.tls_version_max == TLS1_1_VERSION);
  CHECK((all.usual.latency_ms == 60 && !all.usual.close_notify && all.silent && all.threads == 3));
}

TEST_CASE("the origin's files are read at its start, by their path below the root") {
  const tailrace::test::temporary_folder folder;
  folder.write("a", "1");
  std::filesystem::create_directory(folder.path("b"));
  folder.write("b/c d", "2");
  const options o = accepted({"--root=" + folder.path()});
  REQUIRE(o.site.size() == 2);
  CHECK(*o.site.at("a") == "1");
  CHECK(*o.site.at("b/c d") == "2");
}

TEST_CASE("an origin that was asked for wrongly does not start") {
  CHECK(refusal_of({"--listen=nowhere"}).find("ADDRESS:PORT") != std::string::npos);
  CHECK(refusal_of({"--listen=127.0.0.1:x"}).find("ADDRESS:PORT") != std::string::npos);
  CHECK(refusal_of({"--tls-certificate=c"}).find("go together") != std::string::npos);
  CHECK(refusal_of({"--tls-max=1.0"}) != "accepted");
  CHECK(refusal_of({"--latency-ms=-1"}) != "accepted");
  CHECK(refusal_of({"more"}) != "accepted");
}
