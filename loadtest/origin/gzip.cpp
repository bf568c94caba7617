#include "loadtest/origin/gzip.hpp"

#include <boost/crc.hpp>

#include <algorithm>
#include <cstdint>

namespace tailrace::load::faulty {
namespace {

constexpr std::size_t stored_block_max = 65535;

void append_little_endian(std::string& to, std::uint64_t number, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) to += static_cast<char>(number >> (8 * i));
}

}  // namespace

std::string gzipped(std::string_view bytes) {
  // RFC 1952, section 2.3: magic, deflate, no flags, no time, no extra flags, unknown system.
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const auto size = static_cast<std::uint32_t>(bytes.size());
  do {
    const std::string_view block = bytes.substr(0, stored_block_max);
    bytes.remove_prefix(block.size());
    out += bytes.empty() ? '\1' : '\0';
    append_little_endian(out, block.size(), 2);
    append_little_endian(out, ~block.size(), 2);
    out += block;
  } while (!bytes.empty());
  append_little_endian(out, crc.checksum(), 4);
  append_little_endian(out, size, 4);
  return out;
}

}  // namespace tailrace::load::faulty
