// Settings under which the test's own origins may be asked.
#pragma once
#include "core/settings.hpp"

namespace tailrace::test {

inline settings may_ask_loopback() {
  settings s;
  s.allow_source_networks = {"127.0.0.1/32"};
  s.allowed_source_ports = "1-65535";
  return s;
}

}  // namespace tailrace::test
