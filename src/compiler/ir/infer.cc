// Type and shape inference: one function an operation. It is also where a node's arity, attributes and input types are
// checked, so that whatever is in a graph makes sense.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "compiler/ir/graph.h"
#include "compiler/ir/known_ints.h"
#include "compiler/ir/strided_slice.h"

namespace sinew::ir {
namespace {

constexpr size_t kMaxRank = 8;
constexpr int64_t kMaxDimension = (int64_t{1} << 31) - 1;
// Of one value: 16 GB of floats, beyond what any network here can use.
constexpr int64_t kMaxElements = int64_t{1} << 32;

// The node under inspection and what its inputs are.
struct Context {
  const Graph& graph;
  const Node& node;

  const Attributes& attributes() const { return node.attributes; }
  const Node& input(size_t i) const { return graph.node(node.inputs[i]); }
  const Shape& shape(size_t i) const { return input(i).shape; }
  size_t inputs() const { return node.inputs.size(); }

  Status NeedFloats() const {
    for (size_t i = 0; i < inputs(); ++i) {
      if (input(i).dtype != DType::kFloat32)
        return InvalidArgument("input {} is {}, must be f32", i, DTypeName(input(i).dtype));
    }
    return Status();
  }
  Status NeedRank(size_t i, size_t rank, std::string_view what) const {
    if (shape(i).size() == rank) return Status();
    return InvalidArgument("{} has shape {}, needs {} dimensions", what, ToString(shape(i)), rank);
  }
  // A vector of `size` floats; `size` may be unknown.
  Status NeedVector(size_t i, int64_t size, std::string_view what) const {
    SINEW_RETURN_IF_ERROR(NeedRank(i, 1, what));
    const int64_t have = shape(i)[0];
    if (have == size || have == kUnknown || size == kUnknown) return Status();
    return InvalidArgument("{} has {} values, needs {}, one a channel", what, have, size);
  }
  // An integer vector whose values are needed: unknown values, or none at all, leave dimensions unknown.
  Status NeedInts(size_t i, std::string_view what) const {
    if (input(i).dtype != DType::kInt32)
      return InvalidArgument("{} is {}, must be i32", what, DTypeName(input(i).dtype));
    return Status();
  }
  std::optional<std::vector<int64_t>> Ints(size_t i) const { return KnownInts(graph, node.inputs[i]); }
};

TypedShape Floats(Shape shape) { return {DType::kFloat32, std::move(shape)}; }

// Height and width of a windowed operation's result, unknown where the input's are.
Result<std::array<int64_t, 2>> WindowedSize(const Context& c, int64_t kernel_h, int64_t kernel_w) {
  const Shape& in = c.shape(0);
  // An unknown side stands for one that every window fits.
  constexpr int64_t kAny = 1 << 20;
  const int64_t h = in[1] == kUnknown ? kAny : in[1], w = in[2] == kUnknown ? kAny : in[2];
  SINEW_ASSIGN_OR_RETURN(const ResolvedWindow window, ResolveWindow(c.attributes(), kernel_h, kernel_w, h, w));
  return std::array<int64_t, 2>{in[1] == kUnknown ? kUnknown : window.out_h,
                                in[2] == kUnknown ? kUnknown : window.out_w};
}

Result<TypedShape> InferConvolution(const Context& c) {
  const bool depthwise = c.node.op == OpKind::kDepthwiseConv2d;
  SINEW_RETURN_IF_ERROR(c.NeedFloats());
  SINEW_RETURN_IF_ERROR(c.NeedRank(0, 4, "its input"));
  SINEW_RETURN_IF_ERROR(c.NeedRank(1, 4, "kernel"));
  if (c.attributes().padding.round_up) return InvalidArgument("its size is rounded up, that of pools alone can be");
  const Shape &in = c.shape(0), &kernel = c.shape(1);
  if (!IsFullyKnown(kernel)) return InvalidArgument("kernel has shape {}, must be known", ToString(kernel));
  if (in[3] != kUnknown && in[3] != kernel[2]) {
    return InvalidArgument("kernel has {} input channels, its input has {}", kernel[2], in[3]);
  }
  if (kernel[2] < 1 || kernel[3] < 1) return InvalidArgument("kernel has shape {}, which is empty", ToString(kernel));
  const int64_t channels = depthwise ? kernel[2] * kernel[3] : kernel[3];
  if (c.inputs() == 3) SINEW_RETURN_IF_ERROR(c.NeedVector(2, channels, "bias"));
  SINEW_ASSIGN_OR_RETURN(const auto size, WindowedSize(c, kernel[0], kernel[1]));
  return Floats({in[0], size[0], size[1], channels});
}

Result<TypedShape> InferPool(const Context& c) {
  SINEW_RETURN_IF_ERROR(c.NeedFloats());
  SINEW_RETURN_IF_ERROR(c.NeedRank(0, 4, "its input"));
  const auto& window = c.attributes().window;
  const Padding& p = c.attributes().padding;
  if (p.round_up && p.kind != Padding::Kind::kExplicit)
    return InvalidArgument("its size is rounded up without explicit padding");
  if (std::max(p.top, p.bottom) >= window[0] || std::max(p.left, p.right) >= window[1]) {
    return InvalidArgument("its padding is no smaller than its window: some windows would hold nothing but padding");
  }
  SINEW_ASSIGN_OR_RETURN(const auto size, WindowedSize(c, window[0], window[1]));
  return Floats({c.shape(0)[0], size[0], size[1], c.shape(0)[3]});
}

Result<TypedShape> InferBatchNorm(const Context& c) {
  SINEW_RETURN_IF_ERROR(c.NeedFloats());
  SINEW_RETURN_IF_ERROR(c.NeedRank(0, 4, "its input"));
  if (c.inputs() == 4) return InvalidArgument("has a mean but no variance");
  constexpr std::string_view kParameters[] = {"", "gamma", "beta", "mean", "variance"};
  for (size_t i = 1; i < c.inputs(); ++i) SINEW_RETURN_IF_ERROR(c.NeedVector(i, c.shape(0)[3], kParameters[i]));
  const double epsilon = c.attributes().epsilon;
  if (!(epsilon >= 0 && epsilon < 1e6)) return InvalidArgument("epsilon is {}, must be 0 to a million", epsilon);
  return Floats(c.shape(0));
}

Result<TypedShape> InferScaleShift(const Context& c) {
  SINEW_RETURN_IF_ERROR(c.NeedFloats());
  SINEW_RETURN_IF_ERROR(c.NeedRank(0, 4, "its input"));
  SINEW_RETURN_IF_ERROR(c.NeedVector(1, c.shape(0)[3], "scale"));
  SINEW_RETURN_IF_ERROR(c.NeedVector(2, c.shape(0)[3], "shift"));
  return Floats(c.shape(0));
}

Result<TypedShape> InferPrelu(const Context& c) {
  SINEW_RETURN_IF_ERROR(c.NeedFloats());
  SINEW_RETURN_IF_ERROR(c.NeedRank(0, 4, "its input"));
  SINEW_RETURN_IF_ERROR(c.NeedVector(1, c.shape(0)[3], "slope"));
  return Floats(c.shape(0));
}

// NumPy's broadcasting: dimensions are aligned at the end, and a 1 stretches.
Result<TypedShape> InferArithmetic(const Context& c) {
  const DType dtype = c.input(0).dtype;
  if (c.input(1).dtype != dtype) {
    return InvalidArgument("its inputs are {} and {}, must agree", DTypeName(dtype), DTypeName(c.input(1).dtype));
  }
  if (c.node.op == OpKind::kDiv && dtype != DType::kFloat32)
    return InvalidArgument("divides {}, only f32 can be", DTypeName(dtype));
  const Shape &a = c.shape(0), &b = c.shape(1);
  Shape result(std::max(a.size(), b.size()));
  for (size_t i = 0; i < result.size(); ++i) {
    const auto from_end = [&](const Shape& shape) {
      return i < shape.size() ? shape[shape.size() - 1 - i] : int64_t{1};
    };
    const int64_t x = from_end(a), y = from_end(b);
    int64_t& size = result[result.size() - 1 - i];
    if (x == y || y == 1) {
      size = x;
    } else if (x == 1) {
      size = y;
    } else if (x == kUnknown || y == kUnknown) {
      size = std::max(x, y);  // the known one: it is above 1, so the other must equal it or be 1
    } else {
      return InvalidArgument("shapes {} and {} do not broadcast", ToString(a), ToString(b));
    }
  }
  return TypedShape{dtype, std::move(result)};
}

Result<TypedShape> InferSame(const Context& c) { return TypedShape{c.input(0).dtype, c.shape(0)}; }

Result<TypedShape> InferActivation(const Context& c) {
  SINEW_RETURN_IF_ERROR(c.NeedFloats());
  return InferSame(c);
}

Result<TypedShape> InferConcat(const Context& c) {
  TypedShape result = {c.input(0).dtype, c.shape(0)};
  const int64_t rank = static_cast<int64_t>(result.shape.size()), axis = c.attributes().axis;
  if (axis < 0 || axis >= rank) return InvalidArgument("axis is {}, its inputs have {} dimensions", axis, rank);
  for (size_t i = 1; i < c.inputs(); ++i) {
    const Shape& next = c.shape(i);
    if (c.input(i).dtype != result.dtype || next.size() != result.shape.size()) {
      return InvalidArgument("input {} has type {} and shape {}, input 0 {} and {}", i, DTypeName(c.input(i).dtype),
                             ToString(next), DTypeName(result.dtype), ToString(c.shape(0)));
    }
    for (size_t d = 0; d < next.size(); ++d) {
      int64_t& size = result.shape[d];
      if (static_cast<int64_t>(d) == axis) {
        size = size == kUnknown || next[d] == kUnknown ? kUnknown : size + next[d];
      } else if (size == kUnknown) {
        size = next[d];
      } else if (next[d] != kUnknown && next[d] != size) {
        return InvalidArgument("input {} has shape {}, which does not fit {} but along axis {}", i, ToString(next),
                               ToString(c.shape(0)), axis);
      }
    }
  }
  return result;
}

Result<TypedShape> InferResize(const Context& c) {
  if (c.input(0).dtype != DType::kFloat32)
    return InvalidArgument("its input is {}, must be f32", DTypeName(c.input(0).dtype));
  SINEW_RETURN_IF_ERROR(c.NeedRank(0, 4, "its input"));
  SINEW_RETURN_IF_ERROR(c.NeedInts(1, "size"));
  SINEW_RETURN_IF_ERROR(c.NeedRank(1, 1, "size"));
  if (c.shape(1)[0] != 2 && c.shape(1)[0] != kUnknown)
    return InvalidArgument("size has {} values, needs 2: height and width", c.shape(1)[0]);
  if (c.attributes().align_corners && c.attributes().half_pixel_centers) {
    return InvalidArgument("align_corners and half_pixel_centers exclude one another");
  }
  const auto size = c.Ints(1);
  const bool known = size && size->size() == 2;
  const int64_t h = known ? (*size)[0] : kUnknown, w = known ? (*size)[1] : kUnknown;
  if (known && ((h < 1 && h != kUnknown) || (w < 1 && w != kUnknown)))
    return InvalidArgument("resizes to {} x {}", h, w);
  return Floats({c.shape(0)[0], h, w, c.shape(0)[3]});
}

Result<TypedShape> InferPad(const Context& c) {
  SINEW_RETURN_IF_ERROR(c.NeedInts(1, "paddings"));
  const size_t rank = c.shape(0).size();
  if (c.shape(1) != Shape{static_cast<int64_t>(rank), 2}) {
    return InvalidArgument("paddings have shape {}, need [{},2]: before and after each dimension", ToString(c.shape(1)),
                           rank);
  }
  const auto paddings = ConstantInts(c.graph, c.node.inputs[1]);
  TypedShape result = {c.input(0).dtype, c.shape(0)};
  for (size_t d = 0; d < rank; ++d) {
    if (!paddings) {
      result.shape[d] = kUnknown;
      continue;
    }
    const int64_t before = (*paddings)[2 * d], after = (*paddings)[2 * d + 1];
    if (before < 0 || after < 0 || before > kMaxDimension || after > kMaxDimension) {
      return InvalidArgument("paddings of dimension {} are {} and {}, out of range", d, before, after);
    }
    if (result.shape[d] != kUnknown) result.shape[d] += before + after;
  }
  return result;
}

Result<TypedShape> InferShapeOp(const Context& c) {
  return TypedShape{DType::kInt32, {static_cast<int64_t>(c.shape(0).size())}};
}

Result<TypedShape> InferStridedSlice(const Context& c) {
  for (size_t i = 1; i < 4; ++i) SINEW_RETURN_IF_ERROR(c.NeedInts(i, "a slice position"));
  const auto begin = ConstantInts(c.graph, c.node.inputs[1]), end = ConstantInts(c.graph, c.node.inputs[2]);
  const auto strides = ConstantInts(c.graph, c.node.inputs[3]);
  if (!begin || !end || !strides) return Unsupported("begin, end and strides must be constants");
  SINEW_ASSIGN_OR_RETURN(ResolvedSlice slice, ResolveStridedSlice(c.attributes(), *begin, *end, *strides, c.shape(0)));
  return TypedShape{c.input(0).dtype, std::move(slice.result)};
}

Result<TypedShape> InferPack(const Context& c) {
  TypedShape result = {c.input(0).dtype, c.shape(0)};
  const int64_t rank = static_cast<int64_t>(result.shape.size()), axis = c.attributes().axis;
  if (axis < 0 || axis > rank) return InvalidArgument("axis is {}, must be 0 to {}", axis, rank);
  for (size_t i = 1; i < c.inputs(); ++i) {
    if (c.input(i).dtype != result.dtype || c.shape(i) != c.shape(0)) {
      return InvalidArgument("input {} has shape {}, input 0 has {}: must agree", i, ToString(c.shape(i)),
                             ToString(c.shape(0)));
    }
  }
  result.shape.insert(result.shape.begin() + axis, static_cast<int64_t>(c.inputs()));
  return result;
}

Result<TypedShape> InferCast(const Context& c) { return TypedShape{c.attributes().dtype, c.shape(0)}; }

Result<TypedShape> InferReshape(const Context& c) {
  SINEW_RETURN_IF_ERROR(c.NeedInts(1, "shape"));
  SINEW_RETURN_IF_ERROR(c.NeedRank(1, 1, "shape"));
  const auto wanted = c.Ints(1);
  if (!wanted) return Unsupported("its shape is computed in a way that cannot be followed");
  if (wanted->size() > kMaxRank)
    return InvalidArgument("reshapes to {} dimensions, at most {}", wanted->size(), kMaxRank);
  Shape result(wanted->begin(), wanted->end());
  int64_t known = 1;
  int unknown = 0;
  for (const int64_t size : result) {
    if (size < kUnknown || size > kMaxDimension) return InvalidArgument("reshapes to {}", ToString(result));
    if (size == kUnknown) {
      ++unknown;
    } else if (known <= kMaxElements) {
      known *= size;
    }
  }
  if (unknown > 1) return InvalidArgument("reshapes to {}: one unknown dimension is allowed", ToString(result));
  if (!IsFullyKnown(c.shape(0))) return TypedShape{c.input(0).dtype, std::move(result)};
  SINEW_ASSIGN_OR_RETURN(const int64_t count, ElementCount(c.shape(0)));
  if (unknown == 1 && known > 0 && count % known == 0) {
    *std::find(result.begin(), result.end(), kUnknown) = count / known;
  } else if (unknown == 1 || known != count) {
    return InvalidArgument("reshapes {} to {}, which has another number of elements", ToString(c.shape(0)),
                           ToString(result));
  }
  return TypedShape{c.input(0).dtype, std::move(result)};
}

Result<TypedShape> InferSqueeze(const Context& c) {
  const Shape& in = c.shape(0);
  std::vector<bool> drop(in.size(), false);
  for (const int64_t axis : c.attributes().axes) {
    const int64_t d = axis < 0 ? axis + static_cast<int64_t>(in.size()) : axis;
    if (d < 0 || d >= static_cast<int64_t>(in.size()))
      return InvalidArgument("axis {} of an input with {} dimensions", axis, in.size());
    const int64_t size = in[static_cast<size_t>(d)];
    if (size != 1 && size != kUnknown)
      return InvalidArgument("dimension {} has size {}, only 1 can be squeezed", axis, size);
    drop[static_cast<size_t>(d)] = true;
  }
  if (c.attributes().axes.empty()) {
    if (!IsFullyKnown(in)) return Unsupported("squeezes {} without naming the dimensions", ToString(in));
    for (size_t d = 0; d < in.size(); ++d) drop[d] = in[d] == 1;
  }
  TypedShape result = {c.input(0).dtype, {}};
  for (size_t d = 0; d < in.size(); ++d) {
    if (!drop[d]) result.shape.push_back(in[d]);
  }
  return result;
}

Result<TypedShape> InferSliceChannels(const Context& c) {
  SINEW_RETURN_IF_ERROR(c.NeedFloats());
  SINEW_RETURN_IF_ERROR(c.NeedRank(0, 4, "its input"));
  const int64_t offset = c.attributes().offset, count = c.attributes().count, channels = c.shape(0)[3];
  if (offset < 0 || count < 1 || offset > kMaxDimension || count > kMaxDimension ||
      (channels != kUnknown && offset + count > channels)) {
    return InvalidArgument("takes channels {} to {} of {}", offset, offset + count - 1, channels);
  }
  Shape shape = c.shape(0);
  shape[3] = count;
  return Floats(std::move(shape));
}

Result<TypedShape> InferMap(const Context& c) {
  SINEW_RETURN_IF_ERROR(c.NeedFloats());
  if (c.attributes().function == Function::kNone) return InvalidArgument("has no function");
  for (const double value : {c.attributes().alpha, c.attributes().beta}) {
    if (!std::isfinite(value))
      return InvalidArgument("its parameters are {} and {}", c.attributes().alpha, c.attributes().beta);
  }
  return InferSame(c);
}

Result<TypedShape> InferSpatialMean(const Context& c) {
  SINEW_RETURN_IF_ERROR(c.NeedFloats());
  SINEW_RETURN_IF_ERROR(c.NeedRank(0, 4, "its input"));
  if (c.shape(0)[1] == 0 || c.shape(0)[2] == 0) return InvalidArgument("the mean of nothing");
  return Floats({c.shape(0)[0], 1, 1, c.shape(0)[3]});
}

Result<TypedShape> InferDepthToSpace(const Context& c) {
  SINEW_RETURN_IF_ERROR(c.NeedFloats());
  SINEW_RETURN_IF_ERROR(c.NeedRank(0, 4, "its input"));
  constexpr int64_t kMaxBlock = 64;
  const int64_t block = c.attributes().block, channels = c.shape(0)[3];
  if (block < 1 || block > kMaxBlock) return InvalidArgument("blocks of {} pixels: must be 1 to {}", block, kMaxBlock);
  if (channels != kUnknown && (channels < 1 || channels % (block * block) != 0))
    return InvalidArgument("makes blocks of {0} x {0} pixels of {1} channels", block, channels);
  Shape shape = {c.shape(0)[0], kUnknown, kUnknown, channels == kUnknown ? kUnknown : channels / (block * block)};
  for (size_t side = 0; side < 2; ++side) {
    const int64_t crop = c.attributes().crop[side], in = c.shape(0)[side + 1];
    if (crop < 0 || crop >= block) return InvalidArgument("crops {} of blocks of {}", crop, block);
    if (in != kUnknown) shape[side + 1] = in * block - crop;
    if (in != kUnknown && shape[side + 1] < 1) return InvalidArgument("crops a picture of {} away", in * block);
  }
  return Floats(std::move(shape));
}

Result<TypedShape> InferSoftmax(const Context& c) {
  SINEW_RETURN_IF_ERROR(c.NeedFloats());
  SINEW_RETURN_IF_ERROR(c.NeedRank(0, 4, "its input"));
  return InferSame(c);
}

Result<TypedShape> InferConst(const Context& c) {
  if (c.node.value == nullptr) return InvalidArgument("has no value");
  const Tensor& value = *c.node.value;
  SINEW_ASSIGN_OR_RETURN(const int64_t count, ElementCount(value.shape));
  const size_t used = value.dtype == DType::kFloat32 ? value.floats.size() : value.ints.size();
  const size_t unused = value.dtype == DType::kFloat32 ? value.ints.size() : value.floats.size();
  if (static_cast<size_t>(count) != used || unused != 0) {
    return InvalidArgument("has {} values for shape {}", used, ToString(value.shape));
  }
  return TypedShape{value.dtype, value.shape};
}

Result<TypedShape> Infer(const Context& c) {
  switch (c.node.op) {
    case OpKind::kInput:
      return TypedShape{c.node.dtype, c.node.shape};
    case OpKind::kConst:
      return InferConst(c);
    case OpKind::kConv2d:
    case OpKind::kDepthwiseConv2d:
      return InferConvolution(c);
    case OpKind::kBatchNorm:
      return InferBatchNorm(c);
    case OpKind::kAdd:
    case OpKind::kSub:
    case OpKind::kMul:
    case OpKind::kDiv:
      return InferArithmetic(c);
    case OpKind::kRelu:
    case OpKind::kRelu6:
      return InferActivation(c);
    case OpKind::kPrelu:
      return InferPrelu(c);
    case OpKind::kConcat:
      return InferConcat(c);
    case OpKind::kMaxPool:
      return InferPool(c);
    case OpKind::kResizeBilinear:
      return InferResize(c);
    case OpKind::kPad:
      return InferPad(c);
    case OpKind::kShape:
      return InferShapeOp(c);
    case OpKind::kStridedSlice:
      return InferStridedSlice(c);
    case OpKind::kPack:
      return InferPack(c);
    case OpKind::kCast:
      return InferCast(c);
    case OpKind::kReshape:
      return InferReshape(c);
    case OpKind::kSqueeze:
      return InferSqueeze(c);
    case OpKind::kIdentity:
      return InferSame(c);
    case OpKind::kMap:
      return InferMap(c);
    case OpKind::kAveragePool:
      return InferPool(c);
    case OpKind::kSpatialMean:
      return InferSpatialMean(c);
    case OpKind::kResizeNearest:
      return InferResize(c);
    case OpKind::kDepthToSpace:
      return InferDepthToSpace(c);
    case OpKind::kSoftmax:
      return InferSoftmax(c);
    case OpKind::kScaleShift:
      return InferScaleShift(c);
    case OpKind::kSliceChannels:
      return InferSliceChannels(c);
  }
  return Internal("unknown operation");
}

Status CheckForm(const Graph& graph, const Node& node) {
  const OpInfo& info = OpInfoFor(node.op);
  const int inputs = static_cast<int>(std::min<size_t>(node.inputs.size(), kVariadic));
  if (inputs < info.min_inputs || inputs > info.max_inputs) {
    if (info.min_inputs == info.max_inputs)
      return InvalidArgument("{} has {} inputs, needs {}", info.name, inputs, info.min_inputs);
    return InvalidArgument("{} has {} inputs, needs {} to {}", info.name, inputs, info.min_inputs, info.max_inputs);
  }
  for (const NodeId input : node.inputs) {
    if (input < 0 || input >= graph.size()) return Internal("reads node {}, which does not come before it", input);
  }
  if ((node.op == OpKind::kConst) != (node.value != nullptr))
    return Internal("only constants have a value, and all of them");
  Attributes others = node.attributes;
  for (const AttributeKey key : info.attributes) CopyAttribute(key, Attributes(), &others);
  if (others != Attributes()) return Internal("has an attribute that {} has not", info.name);
  return Status();
}

Status CheckShape(const Shape& shape) {
  if (shape.size() > kMaxRank) return InvalidArgument("has {} dimensions, at most {}", shape.size(), kMaxRank);
  int64_t known = 1;
  for (const int64_t size : shape) {
    if (size < kUnknown || size > kMaxDimension)
      return TooLarge("has shape {}: dimensions must be 0 to {}", ToString(shape), kMaxDimension);
    if (size > 0 && known <= kMaxElements) known *= size;
  }
  if (known > kMaxElements) return TooLarge("has shape {}: more than {} elements", ToString(shape), kMaxElements);
  return Status();
}

Result<TypedShape> CheckAndInfer(const Graph& graph, const Node& node) {
  SINEW_RETURN_IF_ERROR(CheckForm(graph, node));
  SINEW_ASSIGN_OR_RETURN(TypedShape type, Infer({graph, node}));
  SINEW_RETURN_IF_ERROR(CheckShape(type.shape));
  return type;
}

}  // namespace

Result<TypedShape> InferShape(const Graph& graph, const Node& node) {
  Result<TypedShape> type = CheckAndInfer(graph, node);
  if (!type.ok()) return Prefixed(fmt::format("node \"{}\"", node.name), type.status());
  return type;
}

}  // namespace sinew::ir
