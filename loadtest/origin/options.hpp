// The command line of tailrace-origin, checked.
#pragma once
#include "loadtest/origin/answer.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tailrace::load::faulty {

struct options {
  using endpoint = boost::asio::ip::tcp::endpoint;

  endpoint listen;
  std::optional<endpoint> counters_listen;  // plain HTTP, and counted nowhere
  std::string port_file;                    // `port=N` and `counters=N`, once bound
  std::string tls_certificate_file;         // PEM chain; empty = no TLS
  std::string tls_key_file;
  int tls_version_max = 0;  // of OpenSSL; 0 = the newest
  files site;               // what stood below --root
  habits usual;
  bool silent = false;  // accepts connections and says nothing on them
  unsigned threads = 1;
};

// Bad usage, or --help: what to print, and with which exit code to end.
struct early_exit {
  int code;
  std::string text;
};

// Reads all files below --root.
std::variant<options, early_exit> parse_options(const std::vector<std::string>& arguments);

}  // namespace tailrace::load::faulty
