// Profiles as tables and trees. Milliseconds and shares are both of means, which add up; medians stand beside them.
#include "profile_report.h"

#include <algorithm>

#include "command.h"
#include "measure/profile_document.h"
#include "measure/scope_tree.h"
#include "print.h"

namespace sinew::cli {
namespace {

using documents::ProfileEntry;

std::string GflopsText(double gflops) { return gflops > 0 ? fmt::format("{:.1f}", gflops) : "-"; }

// A count of parameters: 1234567 -> "1.23 M"
std::string HumanCount(uint64_t count) {
  if (count < 10'000) return std::to_string(count);
  return count < 1'000'000 ? fmt::format("{:.1f} k", static_cast<double>(count) / 1e3)
                           : fmt::format("{:.2f} M", static_cast<double>(count) / 1e6);
}

void PrintScope(const measure::Profile& profile, const measure::Scope& scope, int depth, int most) {
  Print("{:>10.3f} {:>6.1f} % {:>9} {:>9} {:>9} {:>9} {:>9}  {:{}}{}\n", 1e3 * scope.seconds,
        100 * scope.seconds / profile.wall.mean, GflopsText(measure::Gflops(scope.direct_multiply_adds, scope.seconds)),
        GflopsText(measure::Gflops(scope.multiply_adds, scope.seconds)), HumanBytes(scope.output_bytes),
        HumanBytes(scope.weight_bytes), HumanCount(scope.parameters), "", 2 * depth,
        depth == 0 ? fmt::format("(all {} steps)", scope.steps) : scope.name);
  if (most > 0 && depth == most) return;
  for (const measure::Scope& child : scope.children) PrintScope(profile, child, depth + 1, most);
}

}  // namespace

void PrintProfileHead(const documents::Profile& profile) {
  Print(
      "{} {} for {}, {} thread{}, {} calls of {}: {:.3f} ms (median; {:.3f} without profiling, which added {:.2f} %)\n",
      profile.model, profile.resolution, profile.target, profile.threads, profile.threads == 1 ? "" : "s",
      profile.repeats, profile.workload == "pipeline" ? "the whole pipeline" : "the network alone", profile.wall_ms_p50,
      profile.plain_ms_p50, 100 * profile.overhead);
  Print("memory: {} of weights, {} for tensors\n", HumanBytes(profile.weight_bytes), HumanBytes(profile.arena_bytes));
}

void PrintStages(const documents::Profile& profile) {
  Print("\n{:>10} {:>9} {:>10} {:>9}  {}\n", "mean ms", "share", "median ms", "+-", "part of a call");
  for (const ProfileEntry& stage : profile.stages) {
    Print("{:>10.3f} {:>7.1f} % {:>10.3f} {:>9.3f}  {}\n", stage.mean_ms, 100 * stage.share, stage.p50_ms, stage.mad_ms,
          stage.name);
  }
  Print("{:>10.3f} {:>7.1f} % {:>10.3f} {:>9}  {}\n", profile.wall_ms_mean, 100.0, profile.wall_ms_p50, "", "a call");
}

void PrintSteps(const documents::Profile& profile, size_t top) {
  std::vector<const ProfileEntry*> order;
  for (const ProfileEntry& step : profile.steps) order.push_back(&step);
  std::stable_sort(order.begin(), order.end(),
                   [](const ProfileEntry* a, const ProfileEntry* b) { return a->mean_ms > b->mean_ms; });
  const auto types = [](const ProfileEntry& step) {
    return step.input_type == step.output_type ? step.input_type
                                               : fmt::format("{} > {}", step.input_type, step.output_type);
  };
  Print("\n{:>10} {:>8} {:>10} {:>9} {:>9} {:>9} {:>7} {:>9}  {:<10} {:>9}  {:<24} {}\n", "mean ms", "share",
        "median ms", "+-", "GFLOP/s", "done", "idle", "tensors", "stored as", "weights", "algorithm", "step");
  for (size_t i = 0; i < order.size() && (top == 0 || i < top); ++i) {
    const ProfileEntry& step = *order[i];
    Print("{:>10.3f} {:>6.1f} % {:>10.3f} {:>9.3f} {:>9} {:>9} {:>5.0f} % {:>9}  {:<10} {:>9}  {:<24} {}\n",
          step.mean_ms, 100 * step.share, step.p50_ms, step.mad_ms, GflopsText(step.direct_gflops),
          GflopsText(step.actual_gflops), 100 * step.idle_share, HumanBytes(step.bytes), types(step),
          HumanBytes(step.weight_bytes), fmt::format("{} {}", step.kind, step.algorithm), step.name);
  }
  if (top > 0 && top < order.size()) Print("{} more: --top 0\n", order.size() - top);
  Print(
      "GFLOP/s: what a direct computation would do in that time; done: what the algorithm does. idle: of the threads' "
      "time. stored as: in memory, input > output.\n");
}

void PrintScopes(const measure::Profile& profile, int depth) {
  Print("\n{:>10} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9}  {}\n", "mean ms", "share", "GFLOP/s", "done", "outputs",
        "weights", "params", "scope");
  PrintScope(profile, measure::ScopeTree(profile.steps), 0, depth);
}

}  // namespace sinew::cli
