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

// Of values per channel. The type of packed weights is that of the algorithm.
Status CheckBlobTypes(const StepT& step, const program::BlobLookup& blobs) {
  const std::vector<uint32_t> indices = program::BlobIndices(step);
  for (size_t i = program::WeightBlob(step) ? 1 : 0; i < indices.size(); ++i) {
    const DataType type = blobs(indices[i]).type;
    if (type != DataType::F32) {
      return Incompatible(
          "blob {} is {}, this sinew has f32 there alone on CPUs: compile the model again, or update sinew", indices[i],
          program::DataTypeName(type));
    }
  }
  return Status();
}

// Of the pictures of a step whose algorithm has them stored so.
Status CheckPictureTypes(const StepT& step, kernels::Storage storage) {
  const auto check = [&](DataType type, bool may_be_bf16, std::string_view what) {
    if (type == DataType::F32 || (type == DataType::BF16 && may_be_bf16)) return Status();
    return Incompatible("{} is {}, algorithm \"{}\" has {} there: compile the model again, or update sinew", what,
                        program::DataTypeName(type), step.algorithm, may_be_bf16 ? "f32 or bf16" : "f32 alone");
  };
  const DataType output = step.output->type();
  for (const Slice& input : step.inputs) {
    SINEW_RETURN_IF_ERROR(check(input.type(), kernels::MayReadBf16(storage), "an input"));
  }
  SINEW_RETURN_IF_ERROR(check(output, kernels::MayStoreBf16(storage), "the output"));
  if (storage == kernels::Storage::kSameType && step.inputs[0].type() != output) {
    return Incompatible(
        "its input is {} and its output {}, algorithm \"{}\" has one type for both: compile the model "
        "again",
        program::DataTypeName(step.inputs[0].type()), program::DataTypeName(output), step.algorithm);
  }
  return Status();
}

struct Binder {
  const StepT& step;
  const program::BlobLookup& blobs;
  simd::Target target;
  std::byte* arena;

  // Of a picture of the type that the view has; no data where it is of another.
  template <class View, class Number>
  View ViewOf(const Slice& slice, DataType type) const {
    if (slice.type() != type) return {};
    return {reinterpret_cast<Number*>(arena + slice.offset()), static_cast<int>(slice.height()),
            static_cast<int>(slice.width()), static_cast<int>(slice.channels()), slice.pixel_stride()};
  }
  ConstView in(size_t i = 0) const { return ViewOf<View, float>(step.inputs[i], DataType::F32); }
  View out() const { return ViewOf<View, float>(*step.output, DataType::F32); }
  ConstBf16View bf16_in() const { return ViewOf<Bf16View, uint16_t>(step.inputs[0], DataType::BF16); }
  Bf16View bf16_out() const { return ViewOf<Bf16View, uint16_t>(*step.output, DataType::BF16); }

  Result<const float*> Floats(uint32_t blob, size_t floats) const {
    const std::span<const float> have = blobs(blob).floats();
    if (have.size() != floats) return Corrupt("its blob {} has {} floats, needs {}", blob, have.size(), floats);
    return have.data();
  }
  // Values per channel, in whole blocks.
  Result<const float*> PerChannel(uint32_t blob, int channels) const {
    return Floats(blob, static_cast<size_t>(RoundUpToChannelBlock(channels)));
  }

  // The row of the table that the step names, if it solves the problem for pictures of their types.
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
    SINEW_RETURN_IF_ERROR(CheckPictureTypes(step, row->storage));
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
    return Bind(*row, p,
                ConvArgs{.input = in(),
                         .output = out(),
                         .packed = packed,
                         .bias = bias,
                         .bf16_input = bf16_in(),
                         .bf16_output = bf16_out()});
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

  Result<BoundStep> operator()(const PoolProblem& p) const { return BindMove<PoolArgs>(p); }
  Result<BoundStep> operator()(const CopyProblem& p) const { return BindMove<CopyArgs>(p); }
  template <class Args, class Problem>
  Result<BoundStep> BindMove(const Problem& p) const {
    SINEW_ASSIGN_OR_RETURN(const auto* row, Find(p));
    return Bind(*row, p, Args{.input = in(), .output = out(), .bf16_input = bf16_in(), .bf16_output = bf16_out()});
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
    SINEW_RETURN_IF_ERROR(CheckBlobTypes(step, blobs));
    return std::visit(Binder{step, blobs, target, arena}, problem);
  };
  Result<BoundStep> bound = bind();
  if (!bound.ok()) return Prefixed(fmt::format("step \"{}\"", step.name), bound.status());
  return bound;
}

}  // namespace sinew::cpu
