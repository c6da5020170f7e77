// Names, sizes and references in a program.
#include "program/program.h"

namespace sinew::program {
namespace {

struct GetBlobIndices {
  using Indices = std::vector<uint32_t>;

  Indices operator()(const ConvStepT& s) const { return {s.weights, s.bias}; }
  Indices operator()(const ConvPairStepT& s) const { return {s.weights, s.first_bias, s.bias}; }
  Indices operator()(const DepthwiseStepT& s) const { return {s.weights, s.bias}; }
  Indices operator()(const SeparableStepT& s) const { return {s.weights, s.depthwise_bias, s.bias}; }
  Indices operator()(const NormalizeStepT& s) const { return {s.gamma, s.beta}; }
  Indices operator()(const ScaleShiftStepT& s) const { return {s.scale, s.shift}; }
  Indices operator()(const PreluStepT& s) const { return {s.slope}; }
  template <class WithoutBlobs>
  Indices operator()(const WithoutBlobs&) const {
    return {};
  }
};

}  // namespace

std::string_view DataTypeName(DataType type) {
  switch (type) {
    case DataType::F32:
      return "f32";
    case DataType::F16:
      return "f16";
    case DataType::BF16:
      return "bf16";
    case DataType::BF16Pair:
      return "bf16 pair";
    case DataType::I8:
      return "i8";
  }
  return "unknown";
}

size_t ElementBytes(DataType type) {
  switch (type) {
    case DataType::F32:
    case DataType::BF16Pair:
      return 4;
    case DataType::F16:
    case DataType::BF16:
      return 2;
    case DataType::I8:
      return 1;
  }
  return 1;
}

std::vector<uint32_t> BlobIndices(const StepT& step) { return VisitStep(step, GetBlobIndices()); }

std::optional<uint32_t> WeightBlob(const StepT& step) {
  return VisitStep(step, [](const auto& s) -> std::optional<uint32_t> {
    if constexpr (requires { s.weights; }) return s.weights;
    return std::nullopt;
  });
}

}  // namespace sinew::program
