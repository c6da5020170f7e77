// Text from outside, made fit for a terminal or a log.
#pragma once

#include <string>
#include <string_view>

namespace sinew {

// File names, names within models and messages that quote them may hold anything: escape sequences that take over a
// terminal, line breaks that fake a message, bytes that are not text. The same text with each of these visible:
//   control characters (U+0000 to U+001F, U+007F to U+009F)        \n \r \t, else \x1b
//   characters that change the direction or the place of others
//   (U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069)   \u202e
//   bytes that are not UTF-8                                       \xff
std::string Printable(std::string_view text);

// The same, but line breaks stay: for text that the program itself has put together.
std::string PrintableLines(std::string_view text);

// Whether the text has none of the above.
bool IsPrintable(std::string_view text);

}  // namespace sinew
