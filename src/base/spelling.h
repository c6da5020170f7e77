// What a misspelt word was probably meant to be: for "did you mean ...?".
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sinew {

// The one of `words` that is at most 3 letters, and no more than a third of the longer word, away from `word` (letters
// to insert, delete or replace; upper and lower case, and '-' and '_', are the same letter), the nearest and of equal
// ones the first; empty: none.
std::string_view FindSimilar(std::string_view word, std::span<const std::string_view> words);

// " (did you mean WORD?)", or nothing.
std::string Suggestion(std::string_view word, std::span<const std::string_view> words);

}  // namespace sinew
