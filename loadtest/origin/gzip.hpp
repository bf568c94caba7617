// A gzip member that holds bytes without compressing them (RFC 1951, stored blocks): any reader of
// gzip takes it, and nothing has to be linked to write it.
#pragma once
#include <string>
#include <string_view>

namespace tailrace::load::faulty {

std::string gzipped(std::string_view bytes);

}  // namespace tailrace::load::faulty
