#include "core/settings_loader.hpp"
#include "core/settings_table.hpp"
#include "core/settings_text.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

namespace tailrace {
namespace {

// One file, at the path /etc/tailrace.toml.
command parse_with(const std::vector<std::string>& arguments, const environment& variables = {},
                   const std::string& file = {}) {
  return parse(arguments, variables, [&](const std::string& path) -> std::optional<std::string> {
    if (path != "/etc/tailrace.toml") return {};
    return file;
  });
}

command with_file(const std::string& file) {
  return parse_with({"--config", "/etc/tailrace.toml"}, {}, file);
}

void expect_refusal(const command& c, const std::vector<std::string>& words) {
  INFO(c.text);
  CHECK(c.what == action::refuse);
  // One line that begins with our name, as every tool's complaints do.
  CHECK(c.text.starts_with("tailrace: "));
  CHECK(c.text.find('\n') == c.text.size() - 1);
  for (const auto& word : words) {
    INFO("wanted: " << word);
    CHECK(c.text.find(word) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("settings: nothing given means the defaults") {
  const auto c = parse_with({});
  CHECK(c.what == action::serve);
  CHECK(c.values.listen == std::vector<std::string>{"0.0.0.0:8080"});
  CHECK(c.values.image_bytes_max == 64 << 20);
  CHECK(c.from.empty());
}

TEST_CASE("settings: a flag wins over the environment over the file over the default") {
  const std::string file = "quality = 10\nwebp-quality = 10\navif-quality = 10\n";
  const environment variables{{"TAILRACE_QUALITY", "20"}, {"TAILRACE_WEBP_QUALITY", "20"}};
  const auto c = parse_with({"--config=/etc/tailrace.toml", "--quality", "30"}, variables, file);
  INFO(c.text);
  CHECK(c.values.quality == 30);
  CHECK(c.values.webp_quality == 20);
  CHECK(c.values.avif_quality == 10);
  CHECK(c.values.avif_speed == 8);

  // And each remembers where it came from.
  CHECK(c.from.at("quality") == "flag --quality");
  CHECK(c.from.at("webp-quality") == "environment TAILRACE_WEBP_QUALITY");
  CHECK(c.from.at("avif-quality") == "file /etc/tailrace.toml:3");
  CHECK_FALSE(c.from.contains("avif-speed"));
}

TEST_CASE("settings: every kind of value can be given in every layer") {
  const settings wanted = [] {
    settings s;
    s.listen = {"127.0.0.1:0", "unix:/run/tailrace.sock"};
    s.io_threads = 3;
    s.image_bytes_max = 5'000'000'000;
    s.slo_error_ratio = 0.01;
    s.svg = true;
    s.strip_metadata = false;
    s.allow_source_networks = {"10.0.0.0/8", "fd00::/8"};
    return s;
  }();
  const auto same = [&](const command& c) {
    INFO(c.text);
    CHECK(c.what == action::serve);
    CHECK(c.values.listen == wanted.listen);
    CHECK(c.values.io_threads == wanted.io_threads);
    CHECK(c.values.image_bytes_max == wanted.image_bytes_max);
    CHECK(c.values.slo_error_ratio == wanted.slo_error_ratio);
    CHECK(c.values.svg == wanted.svg);
    CHECK(c.values.strip_metadata == wanted.strip_metadata);
    CHECK(c.values.allow_source_networks == wanted.allow_source_networks);
  };
  same(parse_with({"--listen=127.0.0.1:0", "--listen=unix:/run/tailrace.sock", "--io-threads", "3",
                   "--image-bytes-max=5000000000", "--slo-error-ratio", "0.01", "--svg",
                   "--no-strip-metadata", "--allow-source-networks", "10.0.0.0/8",
                   "--allow-source-networks=fd00::/8"}));
  same(parse_with({"--listen", "127.0.0.1:0,unix:/run/tailrace.sock", "--io-threads=3",
                   "--image-bytes-max", "5000000000", "--slo-error-ratio=0.01", "--svg=true",
                   "--strip-metadata=false", "--allow-source-networks", "10.0.0.0/8,fd00::/8"}));
  same(parse_with({}, {{"TAILRACE_LISTEN", "127.0.0.1:0,unix:/run/tailrace.sock"},
                       {"TAILRACE_IO_THREADS", "3"},
                       {"TAILRACE_IMAGE_BYTES_MAX", "5000000000"},
                       {"TAILRACE_SLO_ERROR_RATIO", "0.01"},
                       {"TAILRACE_SVG", "on"},
                       {"TAILRACE_STRIP_METADATA", "0"},
                       {"TAILRACE_ALLOW_SOURCE_NETWORKS", "10.0.0.0/8,fd00::/8"}}));
  same(
      with_file("listen = [\"127.0.0.1:0\", 'unix:/run/tailrace.sock']  # any port\n"
                "io-threads = 3\n"
                "image-bytes-max = 5_000_000_000\n"
                "slo-error-ratio = 1e-2\n"
                "svg = true\n"
                "strip-metadata = false\n"
                "allow-source-networks = [\n  '10.0.0.0/8', # ours\n  \"fd00::/8\",\n]\n"));
}

TEST_CASE("settings: the file is TOML, not something like it") {
  // A # within quotes is no comment.
  const auto c = with_file("cache-control = \"private # , not shared\"\n");
  CHECK(c.values.cache_control == "private # , not shared");

  // Repeated keys, bare words, and half a line are mistakes, told with their line.
  expect_refusal(with_file("quality = 1\nquality = 2\n"),
                 {"/etc/tailrace.toml:2", "not valid TOML"});
  expect_refusal(with_file("listen = 0.0.0.0:80\n"), {"/etc/tailrace.toml:1", "not valid TOML"});
  expect_refusal(with_file("\n\nsvg\n"), {"/etc/tailrace.toml:", "not valid TOML"});

  // A value of the wrong type is one too, even where its text could be read.
  expect_refusal(with_file("io-threads = \"2\""), {"io-threads = \"2\"", "a whole number"});
  expect_refusal(with_file("listen = 8080"), {"listen = \"8080\"", "addresses such as"});
  expect_refusal(with_file("svg = 1"), {"svg = \"1\"", "true or false"});
  expect_refusal(with_file("allowed-sources = [1]"), {"allowed-sources", "in TOML as [\"a\""});
  expect_refusal(with_file("io-threads = [2]"), {"io-threads", "a whole number"});
  expect_refusal(with_file("[io-threads]\nx = 1\n"), {"io-threads", "a whole number"});
  expect_refusal(with_file("quality = 1979-05-27"), {"quality", "a whole number from 1 to 100"});
}

TEST_CASE("settings: unknown names are refused, with the nearest one") {
  expect_refusal(parse_with({"--io-thread", "2"}),
                 {"\"--io-thread\"", "did you mean --io-threads?"});
  expect_refusal(parse_with({"--bananas=2"}), {"\"--bananas=2\"", "see --help"});
  expect_refusal(parse_with({"serve"}), {"unexpected argument \"serve\""});
  expect_refusal(parse_with({}, {{"TAILRACE_IO_THREAD", "2"}}),
                 {"\"TAILRACE_IO_THREAD\"", "did you mean TAILRACE_IO_THREADS?"});
  expect_refusal(with_file("quality = 1\nio_threads = 2\n"),
                 {"\"io_threads\"", "/etc/tailrace.toml:2", "did you mean io-threads?"});
  // Somebody else's variables are none of our business, nor is an empty one of ours.
  CHECK(parse_with({}, {{"PATH", "/bin"}, {"TAILRACE", "x"}, {"TAILRACE_QUALITY", ""}}).what ==
        action::serve);
}

TEST_CASE(
    "settings: the variables that Kubernetes makes for a service called tailrace are not ours") {
  const auto c = parse_with({}, {{"TAILRACE_SERVICE_HOST", "10.0.0.1"},
                                 {"TAILRACE_SERVICE_PORT", "8080"},
                                 {"TAILRACE_SERVICE_PORT_HTTP", "8080"},
                                 {"TAILRACE_PORT", "tcp://10.0.0.1:8080"},
                                 {"TAILRACE_PORT_8080_TCP", "tcp://10.0.0.1:8080"},
                                 {"TAILRACE_PORT_8080_TCP_ADDR", "10.0.0.1"},
                                 {"TAILRACE_ADMIN_SERVICE_HOST", "10.0.0.2"},
                                 {"TAILRACE_ADMIN_PORT_9464_TCP_PROTO", "tcp"}});
  INFO(c.text);
  CHECK(c.what == action::serve);
  // But this is what somebody writes who wants to set the port.
  expect_refusal(parse_with({}, {{"TAILRACE_PORT", "8080"}}), {"\"TAILRACE_PORT\""});
}

TEST_CASE("settings: a bad value is refused with key, value, origin and what would be right") {
  expect_refusal(parse_with({"--io-threads=abc"}), {"io-threads = \"abc\"", "(flag --io-threads)",
                                                    "from 0 to 1024 (threads), 0 = auto"});
  expect_refusal(parse_with({}, {{"TAILRACE_QUALITY", "101"}}),
                 {"quality = \"101\"", "(environment TAILRACE_QUALITY)", "from 1 to 100"});
  expect_refusal(with_file("quality = 0"), {"quality = \"0\"", "(file /etc/tailrace.toml:1)"});
  for (const auto bad :
       {"-1", "1.5", "0x10", " 1", "1 ", "", "99999999999999999999", "1e3", "1k"}) {
    INFO(bad);
    expect_refusal(parse_with({std::string("--connect-timeout-ms=") + bad}), {});
  }
  for (const auto bad : {"nan", "inf", "-0.1", "1.1", "half"})
    expect_refusal(parse_with({"--slo-error-ratio", bad}), {"a number from 0 to 1"});
  for (const auto bad : {"8080", ":8080", "localhost:8080", "0.0.0.0:65536", "127.1:80", "::1:80",
                         "[::1]", "[127.0.0.1]:80", "0.0.0.0:", "unix:", "0.0.0.0:80,"})
    expect_refusal(parse_with({"--listen", bad}), {"listen", "addresses such as"});
  for (const auto bad : {"80,", "0", "90-80", "80;443", "65536", "a", ""})
    expect_refusal(parse_with({"--allowed-source-ports", bad}), {"ports and ranges"});
  for (const auto bad : {"10.0.0.0/33", "10.0.0/8", "::/129", "x", "10.1.0.0/8", "fd00::1/8",
                         "10.0.0.0/8,,", "10.0.0.0/-1"})
    expect_refusal(parse_with({"--allow-source-networks", bad}), {"networks such as"});
  for (const auto bad :
       {"*", "*.*", "a b", "ftp://x", "local:///", "[::1", "a:80", "https://", ".org", "a..b"})
    expect_refusal(parse_with({"--allowed-sources", bad}), {"patterns such as"});
  for (const auto bad : {"0", "1.1", "-1", "some", "nan", "All"})
    expect_refusal(parse_with({"--access-log", bad}), {"off, all, errors, slow or a ratio"});
  expect_refusal(parse_with({"--log-level", "loud"}), {"trace, debug, info, warn, error or off"});
  expect_refusal(parse_with({"--log-format", "xml"}), {"text or json"});
  expect_refusal(parse_with({"--svg=maybe"}), {"true or false"});
  expect_refusal(parse_with({"--cache-control", "a\r\nSet-Cookie: x"}),
                 {"a header value", "\\x0d\\x0a"});
  expect_refusal(parse_with({"--local-root", "a\nb"}), {"without control characters"});
  expect_refusal(parse_with({"--listen"}), {"--listen"});
  expect_refusal(parse_with({"--quality", "1", "--quality", "2"}), {"one value, not several"});
}

TEST_CASE("settings: contradictions are refused") {
  expect_refusal(
      parse_with({"--header-bytes-max=4096"}),
      {"header-bytes-max = 4096 (flag --header-bytes-max)", "uri-bytes-max = 8192 (default)"});
  expect_refusal(parse_with({"--long-queue-wait-ms-max=61", "--long-queue-burst-wait-ms-max=60"}),
                 {"long-queue-burst-wait-ms-max = 60", "long-queue-wait-ms-max = 61"});
  expect_refusal(parse_with({"--origin-breaker-open-max-ms=999"}),
                 {"origin-breaker-open-ms = 1000 (default)", "origin-breaker-open-max-ms = 999"});
  expect_refusal(parse_with({"--listen=0.0.0.0:9464"}), {"two listeners need two addresses"});
  CHECK(parse_with({"--listen=0.0.0.0:0", "--admin-listen=0.0.0.0:0"}).what == action::serve);
  expect_refusal(parse_with({"--listen=unix:/a,unix:/a"}), {"two listeners need two addresses"});
  expect_refusal(with_file("listen = []"), {"at least one address"});
  expect_refusal(parse_with({"--tls-key-file=/k.pem"}), {"TLS needs both"});
  expect_refusal(parse_with({"--proxy-protocol"}), {"no proxy is trusted"});
  CHECK(parse_with({"--proxy-protocol", "--trusted-proxies=10.0.0.0/8"}).what == action::serve);
  CHECK(parse_with({"--proxy-protocol", "--listen=unix:/a"}).what == action::serve);
}

TEST_CASE("settings: in the file one item of a list needs no brackets") {
  const auto c = with_file("listen = \"127.0.0.1:1\"\n");
  CHECK(c.values.listen == std::vector<std::string>{"127.0.0.1:1"});
}

TEST_CASE("settings: the configuration file can be named by a variable, and must be there") {
  const auto c = parse_with({}, {{"TAILRACE_CONFIG", "/etc/tailrace.toml"}}, "quality = 7\n");
  CHECK(c.values.quality == 7);
  expect_refusal(parse_with({"--config", "/nowhere.toml"}),
                 {"\"/nowhere.toml\"", "cannot be read"});
}

TEST_CASE("settings: forms of networks and patterns that are right") {
  const auto c = parse_with({"--allow-source-networks=10.0.0.0/8,127.0.0.1,::1,fd00::/8,0.0.0.0/0",
                             "--allowed-sources", "*.example.org,[::1],192.0.2.1,http://a/b?c",
                             "--allowed-source-ports=1-65535,80", "--listen=[::]:0"});
  INFO(c.text);
  CHECK(c.what == action::serve);
  CHECK(c.values.allow_source_networks.size() == 5);
  CHECK(c.values.allowed_sources.size() == 4);
}

TEST_CASE("settings: a folder, or nothing, is no readable file; an empty file is one") {
  CHECK_FALSE(read_file("/").has_value());
  CHECK_FALSE(read_file("/nowhere").has_value());
  CHECK(read_file("/dev/null") == "");
  CHECK(read_file(TAILRACE_SOURCE_DIR "/config/tailrace.toml")->size() > 4096);
}

TEST_CASE("settings: what main() is told to do") {
  CHECK(parse_with({"--check-config"}).what == action::check_config);
  CHECK(parse_with({"--print-config"}).what == action::print_config);
  CHECK(parse_with({"--version"}).text == "tailrace " TAILRACE_VERSION "\n");

  // The subcommand takes the settings too: it needs to know whom to ask.
  const auto ask = parse_with({"healthcheck", "--admin-listen", "127.0.0.1:1"});
  INFO(ask.text);
  CHECK(ask.what == action::healthcheck);
  CHECK(ask.values.admin_listen == "127.0.0.1:1");

  // A bad setting is found by whatever looks at settings.
  CHECK(parse_with({"--check-config", "--quality=0"}).what == action::refuse);
}

TEST_CASE("settings: the help names every setting with unit and default, in its group") {
  const auto help = parse_with({"--help"});
  REQUIRE(help.what == action::say);
  for (const auto& each : settings_table()) {
    INFO(each.name);
    CHECK(help.text.find("--" + std::string(each.name)) != std::string::npos);
    CHECK(help.text.find(std::string(each.help)) != std::string::npos);
  }
  CHECK(help.text.find("\nSources:") != std::string::npos);
  CHECK(help.text.find("--connect-timeout-ms ms [3000]") != std::string::npos);
  CHECK(help.text.find("--io-threads threads [auto]") != std::string::npos);
  CHECK(help.text.find("healthcheck") != std::string::npos);
}

}  // namespace tailrace
