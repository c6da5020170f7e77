// Walking over the elements of an array by their positions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "compiler/ir/tensor.h"

namespace sinew::reference {

// Row-major distance from one element to the next along each dimension.
inline std::vector<size_t> ElementStrides(const ir::Shape& shape) {
  std::vector<size_t> strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * static_cast<size_t>(shape[d]);
  return strides;
}

// Calls visit(position) for every position within `counts`, in row-major order.
template <class Visit>
void ForEachPosition(const std::vector<int64_t>& counts, const Visit& visit) {
  if (std::find(counts.begin(), counts.end(), 0) != counts.end()) return;
  std::vector<int64_t> position(counts.size(), 0);
  while (true) {
    visit(position);
    size_t d = counts.size();
    while (d > 0 && ++position[d - 1] == counts[d - 1]) position[--d] = 0;
    if (d == 0) return;
  }
}

}  // namespace sinew::reference
