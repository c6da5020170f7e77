// Result documents and price books from anywhere: read or refused; what was read makes a table whose figures are
// positive.
#include <cstdlib>

#include "measure/price/cost.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sinew::price;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  PriceBook book = PriceBook::BuiltIn();
  (void)book.Add(text, "book");
  sinew::documents::Documents measured;
  if (!sinew::documents::ParseDocuments(text, "documents", &measured).ok()) return 0;
  const auto rows = CostTable(measured, book, {.instance = "g4dn.xlarge"});
  if (!rows.ok()) return 0;
  for (const CostRow& row : *rows) {
    if (!(row.seconds_per_image > 0) || (row.cost_of_1000() && !(*row.cost_of_1000() >= 0))) std::abort();
  }
  (void)Choose(*rows, {.deadline_ms = 100, .load = 5});
  return 0;
}
