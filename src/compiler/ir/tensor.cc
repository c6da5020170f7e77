// Shapes and constant tensors.
#include "compiler/ir/tensor.h"

#include <algorithm>
#include <utility>

#include "base/checked_math.h"
#include "base/error.h"

namespace sinew::ir {

std::string_view DTypeName(DType dtype) { return dtype == DType::kFloat32 ? "f32" : "i32"; }

bool IsFullyKnown(const Shape& shape) {
  return std::all_of(shape.begin(), shape.end(), [](int64_t size) { return size >= 0; });
}

Result<int64_t> ElementCount(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0) return InvalidArgument("shape {} has an unknown dimension", ToString(shape));
    const auto product = CheckedMul(count, size);
    if (!product) return TooLarge("shape {} has more elements than 63 bits can count", ToString(shape));
    count = *product;
  }
  return count;
}

std::string ToString(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ',';
    text += shape[i] == kUnknown ? "?" : std::to_string(shape[i]);
  }
  return text + "]";
}

Tensor Tensor::Floats(Shape shape, std::vector<float> values) {
  Tensor tensor;
  tensor.dtype = DType::kFloat32;
  tensor.shape = std::move(shape);
  tensor.floats = std::move(values);
  return tensor;
}

Tensor Tensor::Ints(Shape shape, std::vector<int64_t> values) {
  Tensor tensor;
  tensor.dtype = DType::kInt32;
  tensor.shape = std::move(shape);
  tensor.ints = std::move(values);
  return tensor;
}

}  // namespace sinew::ir
