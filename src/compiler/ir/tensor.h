// Element types, shapes and constant tensors of the IR.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sinew/status.h"

namespace sinew::ir {

enum class DType { kFloat32, kInt32 };
std::string_view DTypeName(DType dtype);  // "f32", "i32"

// Sizes of each dimension, outermost first (NHWC for pictures, RSCK for kernels). kUnknown until a resolution is bound.
using Shape = std::vector<int64_t>;
inline constexpr int64_t kUnknown = -1;

bool IsFullyKnown(const Shape& shape);
// The number of elements. Needs a fully known shape; fails where the product leaves int64 or a dimension is negative.
Result<int64_t> ElementCount(const Shape& shape);
std::string ToString(const Shape& shape);  // "[1,368,432,3]", "?" for an unknown dimension

// A constant. Exactly one of the value vectors is used, by dtype (integers of any TensorFlow width are kept as int64).
struct Tensor {
  DType dtype = DType::kFloat32;
  Shape shape;
  std::vector<float> floats;
  std::vector<int64_t> ints;

  static Tensor Floats(Shape shape, std::vector<float> values);
  static Tensor Ints(Shape shape, std::vector<int64_t> values);
  bool operator==(const Tensor&) const = default;
};

}  // namespace sinew::ir
