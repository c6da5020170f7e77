// Operations that move elements and compute nothing.
#include <algorithm>

#include "base/error.h"
#include "compiler/ir/strided_slice.h"
#include "compiler/reference/positions.h"
#include "compiler/reference/value_ops.h"

namespace sinew::reference {
namespace {

// Product of the dimensions [first, last).
size_t Product(const ir::Shape& shape, size_t first, size_t last) {
  size_t product = 1;
  for (size_t d = first; d < last; ++d) product *= static_cast<size_t>(shape[d]);
  return product;
}

}  // namespace

Result<Array> Concat(const ir::Node& node, const Inputs& inputs) {
  const bool pack = node.op == ir::OpKind::kPack;
  const size_t rank = inputs[0]->shape.size() + (pack ? 1 : 0);
  if (node.attributes.axis < 0 || node.attributes.axis >= static_cast<int64_t>(rank)) {
    return InvalidArgument("axis is {}, its result has {} dimensions", node.attributes.axis, rank);
  }
  const size_t axis = static_cast<size_t>(node.attributes.axis);
  const auto part_shape = [&](const Array& array) {
    ir::Shape shape = array.shape;
    if (pack && axis <= shape.size()) shape.insert(shape.begin() + static_cast<ptrdiff_t>(axis), 1);
    return shape;
  };
  ir::Shape shape = part_shape(*inputs[0]);
  shape[axis] = 0;
  for (const Array* input : inputs) {
    ir::Shape part = part_shape(*input);
    if (part.size() == rank) {
      shape[axis] += part[axis];
      part[axis] = shape[axis];
    }
    if (part != shape) {
      return InvalidArgument("inputs of shapes {} and {} cannot be joined along axis {}",
                             ir::ToString(inputs[0]->shape), ir::ToString(input->shape), axis);
    }
  }
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray(std::move(shape)));
  if (out.values.empty()) return out;
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
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> paddings, ToInts(*inputs[1], "paddings"));
  if (paddings.size() != 2 * in.shape.size()) {
    return InvalidArgument("paddings have {} values, need {}", paddings.size(), 2 * in.shape.size());
  }
  ir::Shape shape = in.shape;
  for (size_t d = 0; d < shape.size(); ++d) {
    const int64_t before = paddings[2 * d], after = paddings[2 * d + 1];
    if (before < 0 || after < 0) {
      return InvalidArgument("paddings of dimension {} are {} and {}, must not be negative", d, before, after);
    }
    shape[d] += before + after;
  }
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray(std::move(shape)));
  const std::vector<size_t> strides = ElementStrides(out.shape);
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
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> begin, ToInts(*inputs[1], "begin"));
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> end, ToInts(*inputs[2], "end"));
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> steps, ToInts(*inputs[3], "strides"));
  SINEW_ASSIGN_OR_RETURN(const ir::ResolvedSlice slice,
                         ir::ResolveStridedSlice(node.attributes, begin, end, steps, in.shape));
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray(slice.result));
  const std::vector<size_t> strides = ElementStrides(in.shape);
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
  if (in.shape.size() != 4 || offset < 0 || count < 1 || offset > in.shape[3] || count > in.shape[3] - offset) {
    return InvalidArgument("takes {} channels from channel {} of {}", count, offset, ir::ToString(in.shape));
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
  SINEW_ASSIGN_OR_RETURN(const ir::Shape wanted, ToInts(*inputs[1], "shape"));
  ir::Shape shape = wanted;
  // A dimension of -1 takes the elements that the others leave; a second one stays and makes the count fail.
  const auto unknown = std::find(shape.begin(), shape.end(), -1);
  if (unknown != shape.end()) {
    *unknown = 1;
    const Result<int64_t> known = ir::ElementCount(shape);
    if (known.ok() && *known > 0) *unknown = static_cast<int64_t>(out.values.size()) / *known;
  }
  const Result<int64_t> count = ir::ElementCount(shape);
  if (!count.ok() || static_cast<size_t>(*count) != out.values.size()) {
    return InvalidArgument("reshapes {} to {}, which has another number of elements", ir::ToString(out.shape),
                           ir::ToString(wanted));
  }
  out.shape = std::move(shape);
  return out;
}

Result<Array> Squeeze(const ir::Node& node, const Inputs& inputs) {
  Array out = *inputs[0];
  ir::Shape shape;
  const int64_t rank = static_cast<int64_t>(out.shape.size());
  const std::vector<int64_t>& axes = node.attributes.axes;
  for (const int64_t axis : axes) {
    if (axis < -rank || axis >= rank) return InvalidArgument("axis {} of an input with {} dimensions", axis, rank);
  }
  for (int64_t d = 0; d < rank; ++d) {
    const auto names = [&](int64_t axis) { return axis == d || axis + rank == d; };
    const int64_t size = out.shape[static_cast<size_t>(d)];
    const bool drop = axes.empty() ? size == 1 : std::any_of(axes.begin(), axes.end(), names);
    if (!drop) {
      shape.push_back(size);
    } else if (size != 1) {
      return InvalidArgument("dimension {} of {} cannot be squeezed, only a size of 1 can", d, ir::ToString(out.shape));
    }
  }
  out.shape = std::move(shape);
  return out;
}

}  // namespace sinew::reference
