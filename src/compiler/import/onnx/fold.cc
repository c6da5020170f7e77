// Element by element, in double.
#include "compiler/import/onnx/fold.h"

#include <cmath>

namespace sinew::onnx_import {
namespace {

constexpr double kMaxExact = 9007199254740992.0;  // 2^53: doubles count no further one by one

double At(const ir::Tensor& tensor, size_t i) {
  const size_t index = ElementsOf(tensor) == 1 ? 0 : i;
  return tensor.dtype == ir::DType::kFloat32 ? static_cast<double>(tensor.floats[index])
                                             : static_cast<double>(tensor.ints[index]);
}

double Compute(double a, double b, char op, bool whole) {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    default:
      return whole ? std::trunc(a / b) : a / b;
  }
}

}  // namespace

std::optional<ir::Tensor> FoldBinary(ir::Tensor a, const ir::Tensor& b, char op) {
  const size_t size = std::max(ElementsOf(a), ElementsOf(b));
  const bool scalar = ElementsOf(a) == 1 || ElementsOf(b) == 1;
  if (a.dtype != b.dtype || size > kMaxFolded || ElementsOf(a) == 0 || ElementsOf(b) == 0) return std::nullopt;
  if (!scalar && a.shape != b.shape) return std::nullopt;
  ir::Tensor result;
  result.dtype = a.dtype;
  result.shape = ElementsOf(a) > 1 || (ElementsOf(b) == 1 && a.shape.size() >= b.shape.size()) ? a.shape : b.shape;
  for (size_t i = 0; i < size; ++i) {
    const double value = Compute(At(a, i), At(b, i), op, a.dtype == ir::DType::kInt32);
    if (a.dtype == ir::DType::kFloat32) {
      result.floats.push_back(static_cast<float>(value));
    } else {
      if (!(std::abs(value) <= kMaxExact)) return std::nullopt;
      result.ints.push_back(static_cast<int64_t>(value));
    }
  }
  return result;
}

std::optional<ir::Tensor> FoldUnary(ir::Tensor tensor, const std::function<double(double)>& function) {
  if (ElementsOf(tensor) > kMaxFolded) return std::nullopt;
  for (float& value : tensor.floats) value = static_cast<float>(function(static_cast<double>(value)));
  for (int64_t& value : tensor.ints) {
    const double result = function(static_cast<double>(value));
    if (!(std::abs(result) <= kMaxExact)) return std::nullopt;
    value = static_cast<int64_t>(result);
  }
  return tensor;
}

std::optional<ir::Tensor> CastTo(ir::DType dtype, const ir::Tensor& tensor) {
  if (tensor.dtype == dtype) return tensor;
  ir::Tensor result;
  result.dtype = dtype;
  result.shape = tensor.shape;
  for (const float value : tensor.floats) {
    if (!(std::abs(static_cast<double>(value)) <= kMaxExact)) return std::nullopt;
    result.ints.push_back(static_cast<int64_t>(std::trunc(value)));
  }
  for (const int64_t value : tensor.ints) result.floats.push_back(static_cast<float>(value));
  return result;
}

ir::Tensor Picked(const ir::Tensor& vector, const std::vector<int64_t>& indices) {
  ir::Tensor result;
  result.dtype = vector.dtype;
  result.shape = {static_cast<int64_t>(indices.size())};
  for (const int64_t i : indices) {
    if (vector.dtype == ir::DType::kFloat32) {
      result.floats.push_back(vector.floats[static_cast<size_t>(i)]);
    } else {
      result.ints.push_back(vector.ints[static_cast<size_t>(i)]);
    }
  }
  return result;
}

}  // namespace sinew::onnx_import
