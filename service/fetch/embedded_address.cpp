#include "fetch/embedded_address.hpp"

#include <algorithm>

namespace tailrace::fetch {
namespace {

using bytes = address_v6::bytes_type;

bool begins_with(const bytes& a, std::initializer_list<unsigned char> prefix) noexcept {
  return std::equal(prefix.begin(), prefix.end(), a.begin());
}

address_v4 v4_at(const bytes& a, std::size_t offset, unsigned char flip = 0) noexcept {
  address_v4::bytes_type v4;
  for (std::size_t i = 0; i < v4.size(); ++i)
    v4[i] = static_cast<unsigned char>(a[offset + i] ^ flip);
  return address_v4(v4);
}

}  // namespace

std::optional<address_v4> embedded_v4(const address_v6& a) noexcept {
  const bytes b = a.to_bytes();
  const bool zero10 = begins_with(b, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  if (zero10 && ((b[10] == 0xff && b[11] == 0xff) || (b[10] == 0 && b[11] == 0)))
    return v4_at(b, 12);  // RFC 4291 §2.5.5
  if (begins_with(b, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return v4_at(b, 12);
  if (begins_with(b, {0, 0x64, 0xff, 0x9b, 0, 1})) return v4_at(b, 12);
  if (begins_with(b, {0x20, 0x02})) return v4_at(b, 2);               // RFC 3056 §2
  if (begins_with(b, {0x20, 0x01, 0, 0})) return v4_at(b, 12, 0xff);  // RFC 4380 §4
  const bool isatap = (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe;
  if (isatap) return v4_at(b, 12);  // RFC 5214 §6.1
  return std::nullopt;
}

}  // namespace tailrace::fetch
