// Help as wide as the terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sinew::cli {

// Of the terminal on standard output, or else what COLUMNS says, or 80; between 40 and 120.
size_t HelpWidth();

// Breaks lines that are longer than `width` between words. What is broken off goes under the column in which the line's
// description begins. Example commands stay whole, so that they can be copied.
std::string WrapHelp(std::string_view text, size_t width);

}  // namespace sinew::cli
