// Figure by figure.
#include "measure/profile_document.h"

#include "base/error.h"
#include "sinew/version.h"

namespace sinew::measure {
namespace {

documents::ProfileEntry MakeEntry(const Profile& profile, const std::string& name, const Summary& seconds) {
  documents::ProfileEntry entry;
  entry.name = name;
  entry.mean_ms = 1e3 * seconds.mean;
  entry.share = seconds.mean / profile.wall.mean;
  entry.p50_ms = 1e3 * seconds.p50;
  entry.mad_ms = 1e3 * seconds.mad;
  return entry;
}

documents::ProfileEntry MakeStep(const Profile& profile, const StepProfile& step) {
  documents::ProfileEntry entry = MakeEntry(profile, step.name, step.seconds);
  entry.kind = step.kind;
  entry.algorithm = step.algorithm;
  entry.calls = static_cast<int64_t>(step.seconds.count);
  entry.idle_share = step.idle_share;
  entry.direct_gflops = Gflops(step.direct_multiply_adds, step.seconds.mean);
  entry.actual_gflops = Gflops(step.multiply_adds, step.seconds.mean);
  entry.direct_multiply_adds = step.direct_multiply_adds;
  entry.actual_multiply_adds = step.multiply_adds;
  entry.bytes = step.figures.input_bytes + step.figures.output_bytes;
  entry.output_bytes = step.figures.output_bytes;
  entry.weight_bytes = step.figures.weight_bytes;
  entry.input_type = step.figures.input_type;
  entry.output_type = step.figures.output_type;
  entry.parameters = step.figures.parameters;
  return entry;
}

}  // namespace

double Gflops(double multiply_adds, double seconds) { return seconds > 0 ? 2 * multiply_adds / seconds / 1e9 : 0; }

documents::Profile MakeProfileDocument(const Profile& profile, const Model& model, bool with_pictures,
                                       const std::string& target, const documents::Machine& machine) {
  documents::Profile document;
  document.version = kVersion;
  document.model = model.name();
  document.model_xxh3 = fmt::format("{:016x}", model.weights_hash());
  document.target = target;
  document.resolution = fmt::format("{}x{}", profile.resolution.width, profile.resolution.height);
  document.workload = with_pictures ? "pipeline" : "network";
  document.threads = profile.threads;
  document.repeats = profile.repeats;
  document.wall_ms_p50 = 1e3 * profile.wall.p50;
  document.wall_ms_mean = 1e3 * profile.wall.mean;
  document.plain_ms_p50 = 1e3 * profile.plain.p50;
  document.overhead = profile.overhead();
  document.arena_bytes = profile.arena_bytes;
  document.weight_bytes = profile.weight_bytes;
  for (const StageProfile& stage : profile.stages)
    document.stages.push_back(MakeEntry(profile, stage.name, stage.seconds));
  for (const StepProfile& step : profile.steps) document.steps.push_back(MakeStep(profile, step));
  document.machine = machine;
  return document;
}

}  // namespace sinew::measure
