#include "loadtest/origin/options.hpp"

#include <CLI/CLI.hpp>
#include <openssl/ssl.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace tailrace::load::faulty {
namespace {

struct usage_error : std::runtime_error {
  using runtime_error::runtime_error;
};

struct raw_options {
  std::string listen = "127.0.0.1:0";
  std::string counters_listen;
  std::string root;
  std::string tls_max;
  bool no_close_notify = false;
};

options::endpoint parse_endpoint(const std::string& text) {
  const auto colon = text.rfind(':');
  const std::string host = text.substr(0, colon);
  const auto port = parse_number(colon == text.npos ? "" : text.substr(colon + 1), 65535);
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(host, ec);
  if (ec || !port) throw usage_error("'" + text + "' is not ADDRESS:PORT, such as 127.0.0.1:0");
  return {address, static_cast<unsigned short>(*port)};
}

// In memory, so that no disk is measured.
files read_files(const std::string& root) {
  files all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    if (!file) throw usage_error("cannot read " + entry.path().string());
    all[entry.path().lexically_relative(root).generic_string()] =
        std::make_shared<const std::string>(std::istreambuf_iterator<char>(file),
                                            std::istreambuf_iterator<char>());
  }
  return all;
}

int tls_version(const std::string& text) {
  if (text.empty()) return 0;
  return text == "1.1" ? TLS1_1_VERSION : text == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
}

void declare(CLI::App& app, options& o, raw_options& raw) {
  app.add_option("--listen", raw.listen, "ADDRESS:PORT; port 0 takes any")->capture_default_str();
  app.add_option("--counters-listen", raw.counters_listen,
                 "ADDRESS:PORT of /_counters in plain HTTP, itself not counted");
  app.add_option("--port-file", o.port_file, "written as port=N, and counters=N, once bound");
  auto* certificate = app.add_option("--tls-certificate", o.tls_certificate_file, "PEM chain");
  app.add_option("--tls-key", o.tls_key_file, "PEM")->needs(certificate);
  app.add_option("--tls-max", raw.tls_max, "highest version spoken")
      ->check(CLI::IsMember({"1.1", "1.2", "1.3"}))
      ->needs(certificate);
  app.add_flag("--no-close-notify", raw.no_close_notify,
               "TLS connections end without it, as no_close_notify=1 does for one request");
  app.add_option("--root", raw.root, "folder behind /file/NAME; read once, at the start")
      ->check(CLI::ExistingDirectory);
  app.add_option("--latency-ms", o.usual.latency_ms, "before each answer that names none")
      ->check(CLI::Range(0U, 3'600'000U));
  app.add_flag("--silent", o.silent, "accept connections and never say a word");
  app.add_option("--threads", o.threads)->check(CLI::Range(1U, 64U))->capture_default_str();
  app.footer("paths: /bytes/N /file/NAME /redirect/N /_counters\nparameters:\n" + wish_help());
}

void finish(options& o, const raw_options& raw) {
  o.listen = parse_endpoint(raw.listen);
  if (!raw.counters_listen.empty()) o.counters_listen = parse_endpoint(raw.counters_listen);
  if (o.tls_certificate_file.empty() != o.tls_key_file.empty())
    throw usage_error("--tls-certificate and --tls-key go together");
  o.tls_version_max = tls_version(raw.tls_max);
  o.usual.close_notify = !raw.no_close_notify;
  if (!raw.root.empty()) o.site = read_files(raw.root);
}

}  // namespace

std::variant<options, early_exit> parse_options(const std::vector<std::string>& arguments) {
  options o;
  raw_options raw;
  CLI::App app("An HTTP/1.1 origin whose faults are asked for by URL.", "tailrace-origin");
  declare(app, o, raw);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // back to front
    finish(o, raw);
  } catch (const CLI::CallForHelp&) {
    return early_exit{0, app.help()};
  } catch (const CLI::ParseError& e) {
    return early_exit{2, std::string(e.what()) + "\n"};
  } catch (const usage_error& e) {
    return early_exit{2, std::string(e.what()) + "\n"};
  }
  return o;
}

}  // namespace tailrace::load::faulty
