// One function a kernel family: check the blobs of the step, put its arguments together, bind.
#include "backends/cpu/bind.h"

#include <memory>
#include <string_view>
#include <variant>

#include "backends/cpu/tables.h"
#include "base/error.h"
#include "base/view.h"
#include "program/step_problem.h"

namespace sinew::cpu {
namespace {

using program::DataType;
using program::Slice;
using program::StepT;

// All but packed weights, whose type is that of the algorithm.
Status CheckTypes(const StepT& step, const program::BlobLookup& blobs) {
  const auto check = [](DataType type, std::string_view what) {
    return type == DataType::F32 ? Status()
                                 : Incompatible(
                                       "{} is {}, this sinew has f32 there alone on CPUs: compile the model again, "
                                       "or update sinew",
                                       what, program::DataTypeName(type));
  };
  const std::optional<uint32_t> weights = program::WeightBlob(step);
  for (const Slice& input : step.inputs) SINEW_RETURN_IF_ERROR(check(input.type(), "an input"));
  SINEW_RETURN_IF_ERROR(check(step.output->type(), "the output"));
  const std::vector<uint32_t> indices = program::BlobIndices(step);
  for (size_t i = weights ? 1 : 0; i < indices.size(); ++i) {
    const uint32_t blob = indices[i];
    SINEW_RETURN_IF_ERROR(check(blobs(blob).type, fmt::format("blob {}", blob)));
  }
  return Status();
}

struct Binder {
  const StepT& step;
  const program::BlobLookup& blobs;
  simd::Target target;
  std::byte* arena;

  sinew::View View(const Slice& slice) const {
    return {reinterpret_cast<float*>(arena + slice.offset()), static_cast<int>(slice.height()),
            static_cast<int>(slice.width()), static_cast<int>(slice.channels()), slice.pixel_stride()};
  }
  ConstView in(size_t i = 0) const { return View(step.inputs[i]); }
  sinew::View out() const { return View(*step.output); }

  Result<const float*> Floats(uint32_t blob, size_t floats) const {
    const std::span<const float> have = blobs(blob).floats();
    if (have.size() != floats) return Corrupt("its blob {} has {} floats, needs {}", blob, have.size(), floats);
    return have.data();
  }
  // Values per channel, in whole blocks.
  Result<const float*> PerChannel(uint32_t blob, int channels) const {
    return Floats(blob, static_cast<size_t>(RoundUpToChannelBlock(channels)));
  }

  // The row of the table that the step names, if it solves the problem.
  template <class Problem>
  auto Find(const Problem& problem) const -> Result<decltype(TableFor(problem).data())> {
    const auto* const row = FindAlgorithm(TableFor(problem), step.algorithm);
    if (row == nullptr) {
      return Incompatible("this sinew has no {} algorithm \"{}\": compile the model again", program::KindName(step),
                          step.algorithm);
    }
    if (!row->supports(problem)) {
      return Corrupt("algorithm \"{}\" does not solve a step of this shape", step.algorithm);
    }
    return row;
  }

  // The weights as the row packs them.
  template <class Problem, class Args>
  Result<const float*> Packed(const Algorithm<Problem, Args>& row, const Problem& problem, uint32_t blob) const {
    const program::BlobView have = blobs(blob);
    if (have.type != program::ToProgram(row.type)) {
      return Incompatible("its weights are {}, algorithm \"{}\" multiplies {}: compile the model again",
                          program::DataTypeName(have.type), row.name,
                          program::DataTypeName(program::ToProgram(row.type)));
    }
    const size_t bytes = row.packed_floats(problem) * sizeof(float);
    if (have.bytes.size() != bytes) {
      return Corrupt("its blob {} has {} bytes, needs {}", blob, have.bytes.size(), bytes);
    }
    return reinterpret_cast<const float*>(have.bytes.data());
  }

  template <class Problem, class Args>
  Result<BoundStep> Bind(const Algorithm<Problem, Args>& row, const Problem& problem, const Args& args) const {
    // What this processor lacks of a target that it has the rest of (see compiler/compile.cc) is done in software.
    const bool in_software = row.emulated_for != nullptr && !simd::IsSupported(target);
    const auto run = in_software ? row.emulated_for(target) : row.run_for(target);
    if (run == nullptr) {
      return Incompatible("algorithm \"{}\" multiplies {}, which {} does not: compile the model for this processor",
                          step.algorithm, program::DataTypeName(program::ToProgram(row.type)),
                          simd::TargetName(target));
    }
    BoundStep bound;
    bound.task_count = row.task_count(problem);
    bound.scratch_floats = row.scratch_floats(problem);
    if (row.multiply_adds != nullptr) bound.multiply_adds = row.multiply_adds(problem);
    const auto add_pass = [&](auto pass) {
      bound.passes.push_back([problem, args, pass](size_t first, size_t last, float* scratch) {
        pass(problem, args, first, last, scratch);
      });
    };
    if (row.first_pass_for != nullptr) add_pass(row.first_pass_for(target));
    add_pass(run);
    return bound;
  }

  Result<BoundStep> operator()(const ConvProblem& p) const {
    const program::ConvStepT& s = *step.what.AsConv();
    SINEW_ASSIGN_OR_RETURN(const ConvAlgorithm* row, Find(p));
    SINEW_ASSIGN_OR_RETURN(const float* packed, Packed(*row, p, s.weights));
    SINEW_ASSIGN_OR_RETURN(const float* bias, PerChannel(s.bias, p.out_k));
    return Bind(*row, p, ConvArgs{.input = in(), .output = out(), .packed = packed, .bias = bias});
  }

  Result<BoundStep> operator()(const ConvPairProblem& p) const {
    const program::ConvPairStepT& s = *step.what.AsConvPair();
    SINEW_ASSIGN_OR_RETURN(const ConvPairAlgorithm* row, Find(p));
    SINEW_ASSIGN_OR_RETURN(const float* packed, Packed(*row, p, s.weights));
    SINEW_ASSIGN_OR_RETURN(const float* first_bias, PerChannel(s.first_bias, p.first.out_k));
    SINEW_ASSIGN_OR_RETURN(const float* second_bias, PerChannel(s.bias, p.second.out_k));
    return Bind(
        *row, p,
        ConvPairArgs{
            .input = in(), .output = out(), .packed = packed, .first_bias = first_bias, .second_bias = second_bias});
  }

  Result<BoundStep> operator()(const DepthwiseProblem& p) const {
    const program::DepthwiseStepT& s = *step.what.AsDepthwise();
    SINEW_ASSIGN_OR_RETURN(const DepthwiseAlgorithm* row, Find(p));
    SINEW_ASSIGN_OR_RETURN(const float* packed, Packed(*row, p, s.weights));
    SINEW_ASSIGN_OR_RETURN(const float* bias, PerChannel(s.bias, p.channels));
    return Bind(*row, p, DepthwiseArgs{.input = in(), .output = out(), .packed = packed, .bias = bias});
  }

  Result<BoundStep> operator()(const SeparableProblem& p) const {
    const program::SeparableStepT& s = *step.what.AsSeparable();
    SINEW_ASSIGN_OR_RETURN(const SeparableAlgorithm* row, Find(p));
    SINEW_ASSIGN_OR_RETURN(const float* packed, Packed(*row, p, s.weights));
    SINEW_ASSIGN_OR_RETURN(const float* depthwise_bias, PerChannel(s.depthwise_bias, p.depthwise.channels));
    SINEW_ASSIGN_OR_RETURN(const float* pointwise_bias, PerChannel(s.bias, p.out_k));
    return Bind(*row, p,
                SeparableArgs{.input = in(),
                              .output = out(),
                              .packed = packed,
                              .depthwise_bias = depthwise_bias,
                              .pointwise_bias = pointwise_bias});
  }

  Result<BoundStep> operator()(const NormalizeProblem& p) const {
    const program::NormalizeStepT& s = *step.what.AsNormalize();
    SINEW_ASSIGN_OR_RETURN(const NormalizeAlgorithm* row, Find(p));
    SINEW_ASSIGN_OR_RETURN(const float* gamma, PerChannel(s.gamma, p.channels));
    SINEW_ASSIGN_OR_RETURN(const float* beta, PerChannel(s.beta, p.channels));
    const auto sums = std::make_shared<std::vector<double>>(MomentSums(p));
    SINEW_ASSIGN_OR_RETURN(
        BoundStep bound,
        Bind(*row, p,
             NormalizeArgs{.input = in(), .output = out(), .gamma = gamma, .beta = beta, .sums = sums->data()}));
    bound.workspace = sums;
    return bound;
  }

  Result<BoundStep> operator()(const AddProblem& p) const {
    SINEW_ASSIGN_OR_RETURN(const AddAlgorithm* row, Find(p));
    return Bind(*row, p, AddArgs{.a = in(0), .b = in(1), .output = out()});
  }

  Result<BoundStep> operator()(const ScaleShiftProblem& p) const {
    const program::ScaleShiftStepT& s = *step.what.AsScaleShift();
    SINEW_ASSIGN_OR_RETURN(const ScaleShiftAlgorithm* row, Find(p));
    SINEW_ASSIGN_OR_RETURN(const float* scale, PerChannel(s.scale, p.channels));
    SINEW_ASSIGN_OR_RETURN(const float* shift, PerChannel(s.shift, p.channels));
    return Bind(*row, p, ScaleShiftArgs{.input = in(), .output = out(), .scale = scale, .shift = shift});
  }

  Result<BoundStep> operator()(const PreluProblem& p) const {
    SINEW_ASSIGN_OR_RETURN(const PreluAlgorithm* row, Find(p));
    SINEW_ASSIGN_OR_RETURN(const float* slope, PerChannel(step.what.AsPrelu()->slope, p.channels));
    return Bind(*row, p, PreluArgs{.input = in(), .output = out(), .slope = slope});
  }

  Result<BoundStep> operator()(const CombineProblem& p) const {
    SINEW_ASSIGN_OR_RETURN(const CombineAlgorithm* row, Find(p));
    return Bind(*row, p, CombineArgs{.a = in(0), .b = in(1), .output = out()});
  }

  // One picture to another, without weights.
  template <class Problem>
  Result<BoundStep> operator()(const Problem& p) const {
    SINEW_ASSIGN_OR_RETURN(const auto* row, Find(p));
    return Bind(*row, p, {.input = in(), .output = out()});
  }
};

}  // namespace

Result<BoundStep> BindStep(const StepT& step, const program::BlobLookup& blobs, simd::Target target, std::byte* arena) {
  const auto bind = [&]() -> Result<BoundStep> {
    SINEW_ASSIGN_OR_RETURN(const kernels::Problem problem, program::MakeProblem(step));
    SINEW_RETURN_IF_ERROR(CheckTypes(step, blobs));
    return std::visit(Binder{step, blobs, target, arena}, problem);
  };
  Result<BoundStep> bound = bind();
  if (!bound.ok()) return Prefixed(fmt::format("step \"{}\"", step.name), bound.status());
  return bound;
}

}  // namespace sinew::cpu
