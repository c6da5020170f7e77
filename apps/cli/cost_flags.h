// What `sinew cost` and `sinew report` have in common: results, prices, and the table made of them.
#pragma once

#include <string>
#include <vector>

#include "base/output_check.h"
#include "measure/documents/documents.h"
#include "measure/price/cost.h"
#include "sinew/status.h"

namespace CLI {
class App;
}  // namespace CLI

namespace sinew::cli {

struct CostFlags {
  std::vector<std::string> results, books;
  std::string price, instance, currency = "USD";
  bool spot = false, measured_only = false, with_disturbed = false;
};

void AddCostFlags(CLI::App* command, CostFlags* flags);

struct Costs {
  documents::Documents documents;
  std::vector<price::CostRow> rows;
};

// The files that ReadCosts reads.
std::vector<NamedFile> CostFiles(const CostFlags& flags);

// Reads everything. Errors name the file or the flag.
Result<Costs> ReadCosts(const CostFlags& flags);

}  // namespace sinew::cli
