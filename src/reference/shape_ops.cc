// Operations that move elements and compute nothing.
#include <algorithm>

#include "base/error.h"
#include "ir/strided_slice.h"
#include "reference/value_ops.h"

namespace sinew::reference {
namespace {

// Product of the dimensions [first, last).
size_t Product(const ir::Shape& shape, size_t first, size_t last) {
  size_t product = 1;
  for (size_t d = first; d < last; ++d) product *= static_cast<size_t>(shape[d]);
  return product;
}

// Row-major distance from one element to the next along each dimension.
std::vector<size_t> StridesOf(const ir::Shape& shape) {
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

}  // namespace

Result<Array> Concat(const ir::Node& node, const Inputs& inputs) {
  const bool pack = node.op == ir::OpKind::kPack;
  const size_t axis = static_cast<size_t>(node.attributes.axis);
  const auto part_shape = [&](const Array& array) {
    ir::Shape shape = array.shape;
    if (pack && axis <= shape.size()) shape.insert(shape.begin() + static_cast<ptrdiff_t>(axis), 1);
    return shape;
  };
  ir::Shape shape = part_shape(*inputs[0]);
  if (axis >= shape.size()) return InvalidArgument("axis {} of inputs with {} dimensions", axis, shape.size());
  shape[axis] = 0;
  for (const Array* input : inputs) {
    ir::Shape part = part_shape(*input);
    if (part.size() != shape.size()) return InvalidArgument("its inputs have {} and {} dimensions", shape.size(), part.size());
    shape[axis] += part[axis];
    part[axis] = shape[axis];
    if (part != shape) return InvalidArgument("its inputs differ in more than dimension {}", axis);
  }
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray(std::move(shape)));
  const size_t outer = Product(out.shape, 0, axis), inner = Product(out.shape, axis + 1, out.shape.size());
  auto to = out.values.begin();
  for (size_t o = 0; o < outer; ++o) {
    for (const Array* input : inputs) {
      const size_t run = static_cast<size_t>(part_shape(*input)[axis]) * inner;
      to = std::copy_n(input->values.begin() + static_cast<ptrdiff_t>(o * run), run, to);
    }
  }
  return out;
}

Result<Array> Pad(const ir::Node&, const Inputs& inputs) {
  const Array& in = *inputs[0];
  const std::vector<int64_t> paddings = ToInts(*inputs[1]);
  if (paddings.size() != 2 * in.shape.size()) return InvalidArgument("paddings have {} values, need {}", paddings.size(), 2 * in.shape.size());
  ir::Shape shape = in.shape;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (paddings[2 * d] < 0 || paddings[2 * d + 1] < 0) return InvalidArgument("padding is negative");
    shape[d] += paddings[2 * d] + paddings[2 * d + 1];
  }
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray(std::move(shape)));
  const std::vector<size_t> strides = StridesOf(out.shape);
  size_t i = 0;
  ForEachPosition(in.shape, [&](const std::vector<int64_t>& position) {
    size_t to = 0;
    for (size_t d = 0; d < position.size(); ++d) to += static_cast<size_t>(position[d] + paddings[2 * d]) * strides[d];
    out.values[to] = in.values[i++];
  });
  return out;
}

Result<Array> StridedSlice(const ir::Node& node, const Inputs& inputs) {
  const Array& in = *inputs[0];
  SINEW_ASSIGN_OR_RETURN(const ir::ResolvedSlice slice,
                         ir::ResolveStridedSlice(node.attributes, ToInts(*inputs[1]), ToInts(*inputs[2]), ToInts(*inputs[3]), in.shape));
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray(slice.result));
  const std::vector<size_t> strides = StridesOf(in.shape);
  std::vector<int64_t> counts;
  for (const ir::SliceAxis& axis : slice.axes) counts.push_back(axis.count);
  size_t i = 0;
  ForEachPosition(counts, [&](const std::vector<int64_t>& position) {
    size_t from = 0;
    for (size_t d = 0; d < position.size(); ++d) {
      from += static_cast<size_t>(slice.axes[d].begin + position[d] * slice.axes[d].stride) * strides[d];
    }
    out.values[i++] = in.values[from];
  });
  return out;
}

Result<Array> SliceChannels(const ir::Node& node, const Inputs& inputs) {
  const Array& in = *inputs[0];
  const int64_t offset = node.attributes.offset, count = node.attributes.count;
  if (in.shape.size() != 4 || offset < 0 || count < 1 || offset + count > in.shape[3]) {
    return InvalidArgument("takes channels {} to {} of {}", offset, offset + count - 1, ir::ToString(in.shape));
  }
  ir::Shape shape = in.shape;
  shape[3] = count;
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray(std::move(shape)));
  auto to = out.values.begin();
  for (size_t p = 0; p < in.values.size(); p += static_cast<size_t>(in.shape[3])) {
    to = std::copy_n(in.values.begin() + static_cast<ptrdiff_t>(p + static_cast<size_t>(offset)), count, to);
  }
  return out;
}

Result<Array> Reshape(const ir::Node&, const Inputs& inputs) {
  Array out = *inputs[0];
  ir::Shape shape = ToInts(*inputs[1]);
  int64_t known = 1;
  for (const int64_t size : shape) {
    if (size < -1 || size >= int64_t{1} << 31) return InvalidArgument("reshapes to {}", ir::ToString(shape));
    if (size >= 0 && known < int64_t{1} << 32) known *= size;
  }
  const auto unknown = std::find(shape.begin(), shape.end(), -1);
  if (unknown != shape.end() && known > 0) *unknown = static_cast<int64_t>(out.values.size()) / known;
  const Result<int64_t> count = ir::ElementCount(shape);
  if (!count.ok() || static_cast<size_t>(*count) != out.values.size()) {
    return InvalidArgument("reshapes {} to {}", ir::ToString(out.shape), ir::ToString(shape));
  }
  out.shape = std::move(shape);
  return out;
}

Result<Array> Squeeze(const ir::Node& node, const Inputs& inputs) {
  Array out = *inputs[0];
  ir::Shape shape;
  const int64_t rank = static_cast<int64_t>(out.shape.size());
  for (int64_t d = 0; d < rank; ++d) {
    const auto names = [&](int64_t axis) { return axis == d || axis + rank == d; };
    const auto& axes = node.attributes.axes;
    const bool drop = axes.empty() ? out.shape[static_cast<size_t>(d)] == 1 : std::any_of(axes.begin(), axes.end(), names);
    if (!drop) {
      shape.push_back(out.shape[static_cast<size_t>(d)]);
    } else if (out.shape[static_cast<size_t>(d)] != 1) {
      return InvalidArgument("dimension {} of {} cannot be squeezed", d, ir::ToString(out.shape));
    }
  }
  out.shape = std::move(shape);
  return out;
}

}  // namespace sinew::reference
