// Prints the framing rules for tests/peers/run, a line for each: section, name, status, accepted,
// body and bytes, separated by tabs, the last two in hexadecimal.
#include <iostream>
#include <string>

#include "tests/support/framing_rules.hpp"

namespace {

std::string hexadecimal(const std::string& bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

}  // namespace

int main() {
  for (const tailrace::test::framing_rule& rule : tailrace::test::framing_rules())
    std::cout << rule.section << '\t' << rule.name << '\t' << rule.status << '\t' << rule.accepted
              << '\t' << hexadecimal(rule.body) << '\t' << hexadecimal(rule.bytes) << '\n';
}
