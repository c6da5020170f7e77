// What every test of a pass checks: the graph that comes out, that a second run finds nothing, and that the reference
// executor computes the same before and after.
#pragma once

#include <string_view>

#include "compiler/ir/graph.h"

namespace sinew::passes {

using PassFunction = Result<ir::Graph> (*)(const ir::Graph& graph, int* changes);

ir::Graph MustParse(std::string_view text);

// `pass` turns `before` into `after` (both in the text form) and counts `changes`.
void ExpectRewrite(PassFunction pass, std::string_view before, std::string_view after, int changes);
// `pass` finds nothing in `text`.
void ExpectUnchanged(PassFunction pass, std::string_view text);
// Both graphs compute the same outputs from one random picture, to 1e-6 of the largest value of an output: constants
// are rounded to float once more after folding, which is 6e-8 each.
void ExpectSameResults(const ir::Graph& before, const ir::Graph& after);

}  // namespace sinew::passes
