// Names, sizes and references in a program.
#include "program/program.h"

namespace sinew::program {
namespace {

// Calls visit(field) with each of a step's fields that is the index of a blob.
template <class Step, class Visit>
void VisitBlobs(Step& step, const Visit& visit) {
  VisitStep(step, [&](auto& s) {
    if constexpr (requires { s.weights; }) visit(s.weights);
    if constexpr (requires { s.first_bias; }) visit(s.first_bias);
    if constexpr (requires { s.depthwise_bias; }) visit(s.depthwise_bias);
    if constexpr (requires { s.bias; }) visit(s.bias);
    if constexpr (requires { s.gamma; }) {  // a MapStep's beta is a number
      visit(s.gamma);
      visit(s.beta);
    }
    if constexpr (requires { s.scale; }) visit(s.scale);
    if constexpr (requires { s.shift; }) visit(s.shift);
    if constexpr (requires { s.slope; }) visit(s.slope);
  });
}

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

std::vector<uint32_t> BlobIndices(const StepT& step) {
  std::vector<uint32_t> indices;
  VisitBlobs(step, [&](uint32_t index) { indices.push_back(index); });
  return indices;
}

void RenumberBlobs(std::span<const uint32_t> numbers, StepT* step) {
  VisitBlobs(*step, [&](uint32_t& index) { index = numbers[index]; });
}

std::optional<uint32_t> WeightBlob(const StepT& step) {
  return VisitStep(step, [](const auto& s) -> std::optional<uint32_t> {
    if constexpr (requires { s.weights; }) return s.weights;
    return std::nullopt;
  });
}

}  // namespace sinew::program
