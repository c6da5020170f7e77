// The text form of a graph, for people, tests and --dump-ir.
//
//   %0 = input "image" : f32[?,?,?,3]
//   %1 = const "w" {1, 0, -1} : f32[1,1,3,1]
//   %2 = conv2d "conv1" (%0, %1) {strides=[2,2], padding=same, activation=relu} : f32[?,?,?,1]
//   output "out" = %2
//
// Attributes at their defaults are not printed. A constant of more than 16 elements prints as {splat 0.5} when all are
// equal, else as {elided 864 values, xxh3 0123456789abcdef}, which cannot be parsed back. The parser also takes
// {seeded 42}: values in -1..1 from that seed, so that tests can write networks by hand. `#` starts a comment.
#pragma once

#include <string>
#include <string_view>

#include "compiler/ir/graph.h"

namespace sinew::ir {

std::string PrintGraph(const Graph& graph);

// Fails with the line number and what was expected there. The result is verified. A stated type that differs from the
// inferred one is an error.
Result<Graph> ParseGraph(std::string_view text);

}  // namespace sinew::ir
