// IR text from anywhere: refused, or a graph that is consistent and whose text, where nothing was left out of it,
// parses back to the same text.
#include <cstdlib>

#include "compiler/ir/text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sinew::ir;
  const auto graph = ParseGraph({reinterpret_cast<const char*>(data), size});
  if (!graph.ok()) return 0;
  if (!Verify(*graph).ok()) std::abort();
  const std::string text = PrintGraph(*graph);
  if (text.find("{elided") != std::string::npos) return 0;
  const auto again = ParseGraph(text);
  if (!again.ok() || PrintGraph(*again) != text) std::abort();
  return 0;
}
