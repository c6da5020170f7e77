// The order in which people count: a2 before a10, 7 before 08 before 9.
#pragma once

#include <string_view>

namespace sinew::media {

// Whether `a` comes before `b`. Runs of digits compare by their value, whatever their length; everything else byte by
// byte, a '/' before all others so that a folder's files stay together. Names that differ in leading zeros alone: fewer
// zeros first. A strict weak order in which only equal names are equivalent.
//
// strverscmp(3) is no help: to it a number with a leading zero is a fraction, so that 08 comes before 7.
bool NaturalLess(std::string_view a, std::string_view b);

}  // namespace sinew::media
