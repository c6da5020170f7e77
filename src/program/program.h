// What every reader of a program needs beside the types that the schema generates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "program/kernel_problem.h"
#include "program/program_generated.h"

namespace sinew::program {

// PlanT::backend. A reader refuses any other.
inline constexpr std::string_view kCpuBackend = "cpu", kCudaBackend = "cuda";
// PlanT::target where a plan is for all processors or devices of its backend.
inline constexpr std::string_view kAnyTarget = "any";

// "f32", "bf16 pair"
std::string_view DataTypeName(DataType type);
size_t ElementBytes(DataType type);

// The schema's types are those of kernels.
inline DataType ToProgram(kernels::DataType type) { return static_cast<DataType>(type); }
static_assert(static_cast<int>(DataType::F32) == static_cast<int>(kernels::DataType::kF32) &&
              static_cast<int>(DataType::F16) == static_cast<int>(kernels::DataType::kF16) &&
              static_cast<int>(DataType::BF16) == static_cast<int>(kernels::DataType::kBF16) &&
              static_cast<int>(DataType::BF16Pair) == static_cast<int>(kernels::DataType::kBF16Pair) &&
              static_cast<int>(DataType::I8) == static_cast<int>(kernels::DataType::kI8));

// "Conv", "Copy"
inline const char* KindName(const StepT& step) { return EnumNameStepKind(step.what.type); }

// The blobs that a step refers to: weights first, then values per channel in the order of the schema.
std::vector<uint32_t> BlobIndices(const StepT& step);
// Makes a step refer to blob numbers[i] wherever it referred to blob i.
void RenumberBlobs(std::span<const uint32_t> numbers, StepT* step);
// The first of them where the step has weights that an algorithm packs.
std::optional<uint32_t> WeightBlob(const StepT& step);

// A blob in memory. Whoever made it keeps the memory.
struct BlobView {
  DataType type = DataType::F32;
  std::span<const std::byte> bytes;

  // Of an F32 blob.
  std::span<const float> floats() const {
    SINEW_CHECK(type == DataType::F32);
    return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
  }
};
using BlobLookup = std::function<BlobView(uint32_t index)>;

// Calls visit(const ConvStepT&), visit(const ConvPairStepT&), ... with what the step is; the step must be of a kind
// that the schema has. The same for a step that may be changed.
template <class Step, class Visit>
decltype(auto) VisitStep(Step& step, Visit&& visit) {
  switch (step.what.type) {
    case StepKind::Conv:
      return visit(*step.what.AsConv());
    case StepKind::ConvPair:
      return visit(*step.what.AsConvPair());
    case StepKind::Depthwise:
      return visit(*step.what.AsDepthwise());
    case StepKind::Separable:
      return visit(*step.what.AsSeparable());
    case StepKind::Pool:
      return visit(*step.what.AsPool());
    case StepKind::Resize:
      return visit(*step.what.AsResize());
    case StepKind::Normalize:
      return visit(*step.what.AsNormalize());
    case StepKind::Add:
      return visit(*step.what.AsAdd());
    case StepKind::ScaleShift:
      return visit(*step.what.AsScaleShift());
    case StepKind::Copy:
      return visit(*step.what.AsCopy());
    case StepKind::Prelu:
      return visit(*step.what.AsPrelu());
    case StepKind::Map:
      return visit(*step.what.AsMap());
    case StepKind::Combine:
      return visit(*step.what.AsCombine());
    case StepKind::AveragePool:
      return visit(*step.what.AsAveragePool());
    case StepKind::ResizeNearest:
      return visit(*step.what.AsResizeNearest());
    case StepKind::DepthToSpace:
      return visit(*step.what.AsDepthToSpace());
    case StepKind::Softmax:
      return visit(*step.what.AsSoftmax());
    case StepKind::NONE:
      break;
  }
  CheckFailed(__FILE__, __LINE__, "the step is of a kind that the schema has");
}

}  // namespace sinew::program
