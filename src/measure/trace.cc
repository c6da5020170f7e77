// Spans to trace events.
#include "measure/trace.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace sinew::measure {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr int kProcess = 1;
constexpr const char* kStage = "stage";

// Stages come first, then the threads.
size_t RowOf(const Span& span) { return span.category == kStage ? 0 : 1 + span.thread; }

OrderedJson Name(const char* what, size_t row, std::string_view name) {
  return {{"ph", "M"}, {"pid", kProcess}, {"tid", row}, {"name", what}, {"args", {{"name", name}}}};
}

}  // namespace

std::string ToChromeTrace(const Profile& profile, std::string_view title) {
  OrderedJson events = OrderedJson::array(
      {Name("process_name", 0, title), Name("thread_name", 0, "stages"), Name("thread_name", 1, "calling thread")});
  for (int thread = 1; thread < profile.threads; ++thread) {
    events.push_back(Name("thread_name", static_cast<size_t>(thread) + 1, "worker " + std::to_string(thread)));
  }
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::time_point::max();
  for (const Span& span : profile.spans) start = std::min(start, span.begin);
  for (const Span& span : profile.spans) {
    const auto microseconds = [](auto duration) { return std::chrono::duration<double, std::micro>(duration).count(); };
    events.push_back({{"ph", "X"},
                      {"pid", kProcess},
                      {"tid", RowOf(span)},
                      {"name", span.name},
                      {"cat", span.category},
                      {"ts", microseconds(span.begin - start)},
                      {"dur", microseconds(span.end - span.begin)}});
  }
  return OrderedJson{{"traceEvents", events}, {"displayTimeUnit", "ms"}}.dump();
}

}  // namespace sinew::measure
