// A report of measurements: tables and charts of costs, latencies, scaling, profiles and evaluations.
#pragma once

#include <string>
#include <vector>

#include "measure/documents/documents.h"
#include "measure/price/cost.h"

namespace sinew::report {

struct Report {
  std::string title;
  documents::Documents documents;
  std::vector<price::CostRow> rows;  // of price::CostTable
  std::string made_on;               // the day, "2026-11-28"; may be empty
};

// One page with everything in it: it opens without a network, prints, and follows the reader's choice of light or dark.
// The tables are there without scripts; the charts need the library that sinew was built with (HasCharts). Whatever
// stands in the documents is text to it, never markup.
std::string ToHtml(const Report& report);

// The tables alone.
std::string ToMarkdown(const Report& report);

// Whether the library was there when sinew was built (scripts/fetch_charts.sh).
bool HasCharts();

}  // namespace sinew::report
