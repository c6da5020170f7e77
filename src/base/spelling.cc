// The distance of Damerau and Levenshtein, in which letters that changed places are one mistake.
//   Source: optimal string alignment, Boytsov, "Indexing methods for approximate dictionary searching", JEA 16, 2011
#include "base/spelling.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace sinew {
namespace {

// Beyond this many wrong letters no guess is worth making, and longer words are no words.
constexpr size_t kMostWrongLetters = 3, kLongestWord = 64;

int Folded(char letter) { return letter == '_' ? '-' : std::tolower(static_cast<unsigned char>(letter)); }

size_t Distance(std::string_view a, std::string_view b) {
  // Rows of the table for one letter less, for two less, and the one that is made.
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    before = std::exchange(above, std::exchange(row, before));
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = above[j] + (Folded(a[i]) == Folded(b[j]) ? 0 : 1);
      row[j + 1] = std::min({replaced, row[j] + 1, above[j + 1] + 1});
      const bool swapped = i > 0 && j > 0 && Folded(a[i]) == Folded(b[j - 1]) && Folded(a[i - 1]) == Folded(b[j]);
      if (swapped) row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view FindSimilar(std::string_view word, std::span<const std::string_view> words) {
  std::string_view nearest;
  if (word.size() > kLongestWord) return nearest;
  size_t least = kMostWrongLetters + 1;
  for (const std::string_view candidate : words) {
    const size_t distance = Distance(word, candidate);
    if (distance >= least || 3 * distance > std::max(word.size(), candidate.size())) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

std::string Suggestion(std::string_view word, std::span<const std::string_view> words) {
  const std::string_view meant = FindSimilar(word, words);
  return meant.empty() ? std::string() : " (did you mean " + std::string(meant) + "?)";
}

}  // namespace sinew
