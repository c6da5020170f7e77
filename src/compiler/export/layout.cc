// Permuting constants.
#include "compiler/export/layout.h"

#include "base/check.h"

namespace sinew::onnx_export {
namespace {

template <class T>
std::vector<T> PermutedValues(const std::vector<T>& values, const ir::Shape& shape,
                              const std::array<int64_t, 4>& order) {
  std::array<int64_t, 4> strides = {};
  int64_t stride = 1;
  for (size_t d = 4; d-- > 0; stride *= shape[d]) strides[d] = stride;
  std::array<int64_t, 4> count = {}, step = {};
  for (size_t d = 0; d < 4; ++d) {
    count[d] = shape[static_cast<size_t>(order[d])];
    step[d] = strides[static_cast<size_t>(order[d])];
  }
  std::vector<T> result;
  result.reserve(values.size());
  for (int64_t a = 0; a < count[0]; ++a) {
    for (int64_t b = 0; b < count[1]; ++b) {
      for (int64_t c = 0; c < count[2]; ++c) {
        const int64_t row = a * step[0] + b * step[1] + c * step[2];
        for (int64_t d = 0; d < count[3]; ++d) result.push_back(values[static_cast<size_t>(row + d * step[3])]);
      }
    }
  }
  return result;
}

}  // namespace

ir::Tensor Permuted(const ir::Tensor& tensor, const std::array<int64_t, 4>& order) {
  SINEW_CHECK(tensor.shape.size() == 4);
  ir::Tensor result = {.dtype = tensor.dtype, .shape = {}, .floats = {}, .ints = {}};
  for (const int64_t d : order) result.shape.push_back(tensor.shape[static_cast<size_t>(d)]);
  if (tensor.dtype == ir::DType::kFloat32) {
    result.floats = PermutedValues(tensor.floats, tensor.shape, order);
  } else {
    result.ints = PermutedValues(tensor.ints, tensor.shape, order);
  }
  return result;
}

ir::Tensor BroadcastableOverNchw(const ir::Tensor& tensor) {
  if (tensor.floats.size() + tensor.ints.size() == 1) return tensor;
  ir::Tensor padded = tensor;
  padded.shape.insert(padded.shape.begin(), 4 - padded.shape.size(), 1);
  return Permuted(padded, kToNchw);
}

}  // namespace sinew::onnx_export
