// What `sinew bench` prints: text for people, JSON and CSV for programs.
#pragma once

#include <vector>

#include "measure/documents/documents.h"

namespace sinew::cli {

// One benchmark: everything about it. Several: a line each.
void PrintBenchText(const std::vector<documents::Bench>& benches);
// One: an object. Several: an array of them.
void PrintBenchJson(const std::vector<documents::Bench>& benches);
// A header and a row a benchmark.
void PrintBenchCsv(const std::vector<documents::Bench>& benches);

}  // namespace sinew::cli
