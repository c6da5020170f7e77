// All that the program prints goes through here: it never throws, whatever became of the streams; it remembers that
// standard output could not be written; and names from outside cannot take over the terminal (base/printable.h).
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/printable.h"
#include "sinew/status.h"

namespace sinew::cli {

// As it is: text that is escaped already, tables and CSV of the program's own.
void PrintRaw(std::FILE* stream, std::string_view text) noexcept;

// What was printed so far appears now: for those who watch a pipe.
void Flush(std::FILE* stream) noexcept;

namespace internal {

// Whatever is text may come from outside.
template <class T>
auto ForTerminal(const T& value) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return Printable(std::string_view(value));
  } else {
    return value;
  }
}

template <class... Values>
void PrintValues(std::FILE* stream, fmt::string_view format, const Values&... values) noexcept {
  try {
    PrintRaw(stream, fmt::vformat(format, fmt::make_format_args(values...)));
  } catch (...) {  // std::bad_alloc: there is no way left to say so
  }
}

}  // namespace internal

// To standard output.
template <class... Args>
void Print(fmt::format_string<Args...> format, Args&&... args) noexcept {
  internal::PrintValues(stdout, format, internal::ForTerminal(args)...);
}

// To standard error.
template <class... Args>
void PrintError(fmt::format_string<Args...> format, Args&&... args) noexcept {
  internal::PrintValues(stderr, format, internal::ForTerminal(args)...);
}

// A document on standard output, with a line break at its end. Text that is not UTF-8 becomes U+FFFD; control
// characters are escaped as JSON has it.
void PrintJson(const nlohmann::ordered_json& json) noexcept;

// Writes out what is buffered. kIo where something that was printed to standard output has been lost.
Status FlushOutput() noexcept;

}  // namespace sinew::cli
