// The tables of a report, whatever they are written as.
#pragma once

#include <string>
#include <vector>

#include "measure/report/report.h"

namespace sinew::report {

struct Column {
  std::string title;
  bool number = false;  // aligned to the right
};

struct Row {
  std::vector<std::string> cells;
  std::string mark;  // "published", "pareto" or nothing
};

struct Table {
  std::string id;  // of its charts, too
  std::string title;
  std::string note;  // below it; may be empty
  std::vector<Column> columns;
  std::vector<Row> rows;
};

// Those that have rows, in the order of the report: costs, latencies, evaluations, profiles.
std::vector<Table> MakeTables(const Report& report);

// When and on what the report's documents were measured: "Measured 2026-11-27 on A Processor (2 processors); page made
// with sinew 0.2.0 on 2026-11-28."
std::string Provenance(const Report& report);

}  // namespace sinew::report
