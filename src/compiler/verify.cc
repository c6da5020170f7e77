// Verification of an artifact against the reference executor on the graph as it was read.
#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "compiler/difference.h"
#include "compiler/import/import.h"
#include "compiler/passes/pipeline.h"
#include "compiler/reference/executor.h"
#include "runtime/model_access.h"
#include "sinew/compiler.h"

namespace sinew {
namespace {

// Runs one picture through both, step by step, and names the first step whose output is off. The rewritten graph's
// nodes carry the names of the steps.
Result<std::string> FindFailingStep(const Model& model, Session* session, const ir::Graph& bound,
                                    std::span<const float> picture, double tolerance) {
  SINEW_ASSIGN_OR_RETURN(const passes::PipelineResult rewritten, passes::RunPipeline(bound));
  std::unordered_map<std::string, reference::Array> expected;
  const auto keep = [&](ir::NodeId id, const reference::Array& value) {
    expected[rewritten.graph.node(id).name] = value;
  };
  SINEW_RETURN_IF_ERROR(
      reference::Execute(rewritten.graph, PictureArray(picture, session->resolution()), keep).status());

  const auto& plans = runtime::ModelAccess::artifact(model).model().plans;
  const auto plan = std::find_if(plans.begin(), plans.end(), [&](const auto& candidate) {
    return static_cast<int>(candidate->input->width()) == session->resolution().width &&
           static_cast<int>(candidate->input->height()) == session->resolution().height;
  });
  std::string failing;
  std::copy(picture.begin(), picture.end(), session->input().begin());
  const auto compare = [&](size_t index) {
    const program::StepT& step = *(*plan)->steps[index];
    const auto it = expected.find(step.name);
    const TensorView actual = session->step_output(index);
    if (!failing.empty() || it == expected.end() || !SameShape(actual, it->second.shape)) return;
    Difference difference;
    difference.Add(actual, it->second.values);
    if (!(difference.relative_rms() <= tolerance)) {
      failing = fmt::format("step \"{}\" ({}): relative RMS difference {:.3g}", step.name, step.algorithm,
                            difference.relative_rms());
    }
  };
  SINEW_RETURN_IF_ERROR(session->Run({.after_step = compare}));
  return failing;
}

}  // namespace

Result<VerifyReport> Verify(const Model& model, const std::filesystem::path& graph, const VerifyOptions& options) {
  SINEW_ASSIGN_OR_RETURN(Session session, Session::Create(model, {options.resolution, options.threads}));
  const Resolution resolution = session.resolution();
  const size_t picture_floats = session.input().size();
  const std::vector<float> input = options.input.empty() ? RandomPicture(picture_floats) : options.input;
  if (input.size() % picture_floats != 0) {
    return InvalidArgument("the input has {} floats, not a whole number of {}x{}x3 pictures", input.size(),
                           resolution.height, resolution.width);
  }
  SINEW_ASSIGN_OR_RETURN(const import::ImportedModel imported,
                         import::ImportModel(graph, {.outputs = options.outputs, .prototxt = options.prototxt}));
  SINEW_ASSIGN_OR_RETURN(const ir::Graph bound, ir::BindInput(imported.graph, 1, resolution.height, resolution.width));

  Difference difference;
  for (size_t first = 0; first < input.size(); first += picture_floats) {
    const std::span<const float> picture(input.data() + first, picture_floats);
    std::copy(picture.begin(), picture.end(), session.input().begin());
    SINEW_RETURN_IF_ERROR(session.Run());
    SINEW_ASSIGN_OR_RETURN(const std::vector<reference::Array> expected,
                           reference::Execute(bound, PictureArray(picture, resolution)));
    if (expected.size() != session.output_count()) {
      return InvalidArgument("{} has {} outputs, the artifact {}: it was made from another graph", graph.string(),
                             expected.size(), session.output_count());
    }
    for (size_t i = 0; i < expected.size(); ++i) {
      if (!SameShape(session.output(i), expected[i].shape)) {
        return InvalidArgument("output {} of {} is {}, the artifact's differs: it was made from another graph", i,
                               graph.string(), ir::ToString(expected[i].shape));
      }
      difference.Add(session.output(i), expected[i].values);
    }
  }
  VerifyReport report;
  report.max_difference = difference.max();
  report.relative_rms_difference = difference.relative_rms();
  report.within_tolerance = report.relative_rms_difference <= options.tolerance;
  if (!report.within_tolerance) {
    SINEW_ASSIGN_OR_RETURN(
        report.first_failing_step,
        FindFailingStep(model, &session, bound, std::span(input).first(picture_floats), options.tolerance));
  }
  return report;
}

}  // namespace sinew
