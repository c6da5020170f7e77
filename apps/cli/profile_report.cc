// Profiles as tables, trees and JSON.
#include "profile_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "command.h"
#include "measure/machine.h"
#include "measure/scope_tree.h"
#include "sinew/version.h"

namespace sinew::cli {
namespace {

using Json = nlohmann::ordered_json;
using measure::Profile;
using measure::StepProfile;

double Gflops(double multiply_adds, double seconds) { return seconds > 0 ? 2 * multiply_adds / seconds / 1e9 : 0; }

std::string GflopsText(double multiply_adds, double seconds) {
  return multiply_adds > 0 && seconds > 0 ? fmt::format("{:.1f}", Gflops(multiply_adds, seconds)) : "-";
}

double Share(const Profile& profile, const measure::Summary& seconds) { return seconds.mean / profile.wall.mean; }

// A count of parameters: 1234567 -> "1.23 M"
std::string HumanCount(uint64_t count) {
  if (count < 10'000) return std::to_string(count);
  return count < 1'000'000 ? fmt::format("{:.1f} k", static_cast<double>(count) / 1e3)
                           : fmt::format("{:.2f} M", static_cast<double>(count) / 1e6);
}

void PrintScope(const Profile& profile, const measure::Scope& scope, int depth, int most) {
  fmt::print("{:>10.3f} {:>6.1f} % {:>9} {:>9} {:>9} {:>9} {:>9}  {:{}}{}\n", 1e3 * scope.seconds,
             100 * scope.seconds / profile.wall.mean, GflopsText(scope.direct_multiply_adds, scope.seconds),
             GflopsText(scope.multiply_adds, scope.seconds), HumanBytes(scope.output_bytes),
             HumanBytes(scope.weight_bytes), HumanCount(scope.parameters), "", 2 * depth,
             depth == 0 ? fmt::format("(all {} steps)", scope.steps) : scope.name);
  if (most > 0 && depth == most) return;
  for (const measure::Scope& child : scope.children) PrintScope(profile, child, depth + 1, most);
}

Json SummaryJson(const measure::Summary& seconds, double share) {
  return {
      {"p50_ms", 1e3 * seconds.p50}, {"mad_ms", 1e3 * seconds.mad}, {"mean_ms", 1e3 * seconds.mean}, {"share", share}};
}

}  // namespace

void PrintProfileHead(const Profile& profile, const ProfileTitle& title) {
  fmt::print(
      "{} {} for {}, {} thread{}, {} calls of {}: {:.3f} ms (median; {:.3f} without profiling, which added {:.2f} %)\n",
      title.model, ToString(profile.resolution), title.target, profile.threads, profile.threads == 1 ? "" : "s",
      profile.repeats, title.pipeline ? "the whole pipeline" : "the network alone", 1e3 * profile.wall.p50,
      1e3 * profile.plain.p50, 100 * profile.overhead());
  fmt::print("memory: {} of weights, {} for tensors\n", HumanBytes(profile.weight_bytes),
             HumanBytes(profile.arena_bytes));
}

void PrintStages(const Profile& profile) {
  fmt::print("\n{:>10} {:>9} {:>9}  {}\n", "ms", "+-", "share", "part of a call");
  for (const measure::StageProfile& stage : profile.stages) {
    fmt::print("{:>10.3f} {:>9.3f} {:>7.1f} %  {}\n", 1e3 * stage.seconds.p50, 1e3 * stage.seconds.mad,
               100 * Share(profile, stage.seconds), stage.name);
  }
  fmt::print("{:>10.3f} {:>9.3f} {:>7.1f} %  {}\n", 1e3 * profile.wall.p50, 1e3 * profile.wall.mad, 100.0, "a call");
}

void PrintSteps(const Profile& profile, size_t top) {
  std::vector<const StepProfile*> order;
  for (const StepProfile& step : profile.steps) order.push_back(&step);
  std::stable_sort(order.begin(), order.end(),
                   [](const StepProfile* a, const StepProfile* b) { return a->seconds.mean > b->seconds.mean; });
  fmt::print("\n{:>10} {:>9} {:>8} {:>9} {:>9} {:>7} {:>9} {:>9}  {:<24} {}\n", "ms", "+-", "share", "GFLOP/s", "done",
             "idle", "tensors", "weights", "algorithm", "step");
  for (size_t i = 0; i < order.size() && (top == 0 || i < top); ++i) {
    const StepProfile& step = *order[i];
    fmt::print("{:>10.3f} {:>9.3f} {:>6.1f} % {:>9} {:>9} {:>5.0f} % {:>9} {:>9}  {:<24} {}\n", 1e3 * step.seconds.p50,
               1e3 * step.seconds.mad, 100 * Share(profile, step.seconds),
               GflopsText(step.direct_multiply_adds, step.seconds.mean),
               GflopsText(step.multiply_adds, step.seconds.mean), 100 * step.idle_share,
               HumanBytes(step.figures.input_bytes + step.figures.output_bytes), HumanBytes(step.figures.weight_bytes),
               fmt::format("{} {}", step.kind, step.algorithm), step.name);
  }
  if (top > 0 && top < order.size()) fmt::print("{} more: --top 0\n", order.size() - top);
  fmt::print(
      "GFLOP/s: what a direct computation would do in that time; done: what the algorithm does. idle: of the threads' "
      "time.\n");
}

void PrintScopes(const Profile& profile, int depth) {
  fmt::print("\n{:>10} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9}  {}\n", "ms", "share", "GFLOP/s", "done", "outputs",
             "weights", "params", "scope");
  PrintScope(profile, measure::ScopeTree(profile.steps), 0, depth);
}

void PrintProfileJson(const Profile& profile, const ProfileTitle& title) {
  const measure::Machine machine = measure::ThisMachine();
  Json steps = Json::array(), stages = Json::array();
  for (const StepProfile& step : profile.steps) {
    Json json = {
        {"name", step.name}, {"kind", step.kind}, {"algorithm", step.algorithm}, {"calls", step.seconds.count}};
    json.update(SummaryJson(step.seconds, Share(profile, step.seconds)));
    json.update(Json{{"idle_share", step.idle_share},
                     {"direct_gflops", Gflops(step.direct_multiply_adds, step.seconds.mean)},
                     {"actual_gflops", Gflops(step.multiply_adds, step.seconds.mean)},
                     {"direct_multiply_adds", step.direct_multiply_adds},
                     {"actual_multiply_adds", step.multiply_adds},
                     {"bytes", step.figures.input_bytes + step.figures.output_bytes},
                     {"output_bytes", step.figures.output_bytes},
                     {"weight_bytes", step.figures.weight_bytes},
                     {"parameters", step.figures.parameters}});
    steps.push_back(std::move(json));
  }
  for (const measure::StageProfile& stage : profile.stages) {
    Json json = {{"stage", stage.name}, {"ms", 1e3 * stage.seconds.mean}};
    json.update(SummaryJson(stage.seconds, Share(profile, stage.seconds)));
    stages.push_back(std::move(json));
  }
  const Json json = {{"profile_format", 1},
                     {"version", kVersion},
                     {"model", title.model},
                     {"model_xxh3", fmt::format("{:016x}", title.model_xxh3)},
                     {"target", title.target},
                     {"resolution", ToString(profile.resolution)},
                     {"threads", profile.threads},
                     {"repeats", profile.repeats},
                     {"machine",
                      {{"processor", machine.processor},
                       {"processors", machine.processors},
                       {"memory_bytes", machine.memory_bytes},
                       {"megahertz", machine.megahertz},
                       {"used_by_others", title.others_share}}},
                     {"wall_ms_p50", 1e3 * profile.wall.p50},
                     {"wall_ms_mean", 1e3 * profile.wall.mean},
                     {"plain_ms_p50", 1e3 * profile.plain.p50},
                     {"overhead", profile.overhead()},
                     {"arena_bytes", profile.arena_bytes},
                     {"weight_bytes", profile.weight_bytes},
                     {"workload", title.pipeline ? "pipeline" : "network"},
                     {"steps", steps},
                     {"pipeline", stages}};
  fmt::print("{}\n", json.dump(2));
}

}  // namespace sinew::cli
