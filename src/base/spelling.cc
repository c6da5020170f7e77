// Levenshtein's distance.
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
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (Folded(a[i]) == Folded(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
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
