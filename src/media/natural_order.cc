// Natural order in one pass over both names.
#include "media/natural_order.h"

#include <algorithm>
#include <cstddef>

namespace sinew::media {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The digits that `text` begins with.
std::string_view LeadingDigits(std::string_view text) {
  return text.substr(0, static_cast<size_t>(std::find_if_not(text.begin(), text.end(), IsDigit) - text.begin()));
}

std::string_view WithoutZeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

int Rank(char c) { return c == '/' ? -1 : static_cast<unsigned char>(c); }

}  // namespace

bool NaturalLess(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a, whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (IsDigit(a[0]) && IsDigit(b[0])) {
      const std::string_view digits_a = LeadingDigits(a), digits_b = LeadingDigits(b);
      const std::string_view value_a = WithoutZeros(digits_a), value_b = WithoutZeros(digits_b);
      if (value_a.size() != value_b.size()) return value_a.size() < value_b.size();
      if (value_a != value_b) return value_a < value_b;
      a.remove_prefix(digits_a.size());
      b.remove_prefix(digits_b.size());
    } else {
      if (a[0] != b[0]) return Rank(a[0]) < Rank(b[0]);
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  if (a.empty() != b.empty()) return a.empty();
  if (whole_a.size() != whole_b.size()) return whole_a.size() < whole_b.size();
  return whole_a < whole_b;
}

}  // namespace sinew::media
