// Lowering, placement and the memory plan, put together.
#include "compiler/plan/planner.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "compiler/plan/arena.h"
#include "compiler/plan/choose.h"
#include "compiler/plan/describe.h"
#include "compiler/plan/lower.h"
#include "compiler/plan/place.h"
#include "compiler/plan/tensor_types.h"
#include "compiler/plan/weights.h"

namespace sinew::plan {
namespace {

class Assembler {
 public:
  Assembler(const ir::Graph& graph, const Placement& placement, const ArenaPlan& arena)
      : graph_(graph), placement_(placement), arena_(arena) {}

  program::Slice SliceAt(ir::NodeId value, Location location) const {
    SINEW_CHECK(location.buffer >= 0);
    const Buffer& buffer = placement_.buffers[static_cast<size_t>(location.buffer)];
    const ir::Shape& shape = graph_.node(value).shape;
    const uint64_t first_bytes = static_cast<uint64_t>(location.channel) * program::ElementBytes(buffer.type);
    return program::Slice(arena_.offsets[static_cast<size_t>(location.buffer)] + first_bytes,
                          static_cast<uint32_t>(shape[1]), static_cast<uint32_t>(shape[2]),
                          static_cast<uint32_t>(shape[3]), static_cast<uint32_t>(buffer.pixel_stride()), buffer.type);
  }
  program::Slice PlacedSlice(ir::NodeId value) const {
    return SliceAt(value, placement_.locations[static_cast<size_t>(value)]);
  }

  std::unique_ptr<program::StepT> Finish(Operation operation) const {
    auto step = std::make_unique<program::StepT>(std::move(operation.step));
    step->inputs.clear();
    for (const ir::NodeId input : operation.inputs) step->inputs.push_back(PlacedSlice(input));
    *step->output = PlacedSlice(operation.node);
    return step;
  }

  Result<std::unique_ptr<program::StepT>> MakeCopy(const PlacedCopy& copy, const Chooser& chooser) const {
    auto step = std::make_unique<program::StepT>();
    step->name = fmt::format("{}/copy of {}", graph_.node(copy.node).name, graph_.node(copy.source).name);
    step->inputs = {PlacedSlice(copy.source)};
    step->output = std::make_unique<program::Slice>(SliceAt(copy.source, copy.target));
    step->what.Set(program::CopyStepT());
    SINEW_ASSIGN_OR_RETURN(const backends::Algorithm algorithm, chooser.Choose(*step));
    step->algorithm = algorithm.name;
    return step;
  }

 private:
  const ir::Graph& graph_;
  const Placement& placement_;
  const ArenaPlan& arena_;
};

double Bytes(const program::Slice& slice) {
  return static_cast<double>(slice.height()) * slice.width() * slice.channels() *
         static_cast<double>(program::ElementBytes(slice.type()));
}

double BytesMoved(const program::StepT& step) {
  double bytes = Bytes(*step.output);
  for (const program::Slice& input : step.inputs) bytes += Bytes(input);
  return bytes;
}

Result<double> PredictedSeconds(const program::StepT& step, const PlanOptions& options) {
  SINEW_ASSIGN_OR_RETURN(const std::vector<backends::Algorithm> algorithms,
                         options.backend->AlgorithmsFor(step, options.target));
  const auto it = std::ranges::find(algorithms, step.algorithm, &backends::Algorithm::name);
  SINEW_CHECK(it != algorithms.end());
  return it->seconds;
}

}  // namespace

Result<PlannedNetwork> PlanNetwork(const ir::Graph& graph, const PlanOptions& options, PackedWeights* weights) {
  if (graph.input() < 0) return InvalidArgument("the network has no input");
  SINEW_ASSIGN_OR_RETURN(LoweredGraph lowered, Lower(graph, options, weights));
  for (const ir::Output& output : graph.outputs()) {
    if (graph.node(output.node).value != nullptr) return Unsupported("output \"{}\" is a constant", output.name);
  }
  if (options.store_bf16) lowered.types = ChooseTensorTypes(graph, lowered, options);
  const Placement placement = Place(graph, lowered);
  SINEW_ASSIGN_OR_RETURN(const ArenaPlan arena, PlanArena(placement.buffers));

  const Assembler assembler(graph, placement, arena);
  const Chooser chooser(options);
  PlannedNetwork result;
  program::PlanT& plan = result.plan;
  size_t next_copy = 0;
  const auto copy_until = [&](ir::NodeId time) -> Status {
    for (; next_copy < placement.copies.size() && placement.copies[next_copy].node < time; ++next_copy) {
      SINEW_ASSIGN_OR_RETURN(auto copy, assembler.MakeCopy(placement.copies[next_copy], chooser));
      plan.steps.push_back(std::move(copy));
    }
    return Status();
  };
  for (Operation& operation : lowered.operations) {
    SINEW_RETURN_IF_ERROR(copy_until(operation.node));
    result.seconds.resize(plan.steps.size(), 0);
    // It was chosen, and measured where there is a tuner, with pictures in f32.
    const double seconds = operation.seconds;
    SINEW_ASSIGN_OR_RETURN(const double in_f32, PredictedSeconds(operation.step, options));
    plan.steps.push_back(assembler.Finish(std::move(operation)));
    SINEW_ASSIGN_OR_RETURN(const double as_stored, PredictedSeconds(*plan.steps.back(), options));
    result.seconds.push_back(in_f32 > 0 ? seconds * as_stored / in_f32 : seconds);
  }
  SINEW_RETURN_IF_ERROR(copy_until(graph.size()));
  result.seconds.resize(plan.steps.size(), 0);
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    if (result.seconds[i] == 0) result.seconds[i] = options.backend->SecondsToMove(BytesMoved(*plan.steps[i]));
  }

  plan.backend = options.backend->name();
  plan.target = options.target;
  plan.arena_bytes = arena.bytes;
  plan.input = std::make_unique<program::Slice>(assembler.PlacedSlice(graph.input()));
  for (const ir::Output& output : graph.outputs()) {
    auto entry = std::make_unique<program::OutputT>();
    entry->name = output.name;
    entry->slice = std::make_unique<program::Slice>(assembler.PlacedSlice(output.node));
    plan.outputs.push_back(std::move(entry));
  }
  result.arena_bytes_without_reuse = arena.bytes_without_reuse;
  result.copies = static_cast<int>(placement.copies.size());
  for (const ir::Node& node : graph.nodes()) result.concatenations += node.op == ir::OpKind::kConcat;
  return result;
}

}  // namespace sinew::plan
