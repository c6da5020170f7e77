// TensorFlow's StridedSlice, resolved against an input shape.
#pragma once

#include <span>
#include <vector>

#include "compiler/ir/ops.h"
#include "compiler/ir/tensor.h"
#include "sinew/status.h"

namespace sinew::ir {

// Elements begin, begin + stride, ... of one dimension of the input.
struct SliceAxis {
  int64_t begin = 0, stride = 1;
  int64_t count = 0;  // kUnknown where the dimension is
};

struct ResolvedSlice {
  std::vector<SliceAxis> axes;  // one for each dimension of the input
  Shape result;                 // without the shrunk dimensions, with the new ones
};

// `begin`, `end`, `strides` have one entry for each item of the slice expression; the masks count bits from the first.
Result<ResolvedSlice> ResolveStridedSlice(const Attributes& attributes, std::span<const int64_t> begin,
                                          std::span<const int64_t> end, std::span<const int64_t> strides,
                                          const Shape& input);

}  // namespace sinew::ir
