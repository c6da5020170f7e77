// JSON lines from anywhere: read or refused; what was read is written and read again as the same records.
#include <cstdlib>

#include "results/jsonl.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sinew::results;
  std::string text;
  const auto append = [&](const Record& record) { return text += ToJsonLine(record), sinew::Status(); };
  if (!ParseJsonLines({reinterpret_cast<const char*>(data), size}, "fuzz", append).ok()) return 0;
  const std::string first = std::move(text);
  text.clear();
  const auto complete = ParseJsonLines(first, "fuzz", append);
  if (!complete.ok() || *complete != first.size() || text != first) std::abort();
  return 0;
}
