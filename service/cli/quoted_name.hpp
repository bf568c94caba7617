// A name as messages show it, harmless for a terminal and fit to be pasted into a shell: the
// "shell-escape" style of GNU tools (gnulib, quotearg). Pure.
#pragma once
#include <string>
#include <string_view>

namespace tailrace::cli {

// As it is, if a shell would take it so; else 'in single quotes', with $'\n' for each control
// character and byte that is no UTF-8.
std::string quoted_name(std::string_view name);

}  // namespace tailrace::cli
