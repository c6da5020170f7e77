// Operations that move elements or compute sizes.
#include <algorithm>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "compiler/import/onnx/fold.h"
#include "compiler/import/onnx/ops.h"

namespace sinew::onnx_import {
namespace {

Result<ir::NodeId> EmitInts(NodeContext& context, std::vector<int64_t> values, std::string_view suffix) {
  const int64_t count = static_cast<int64_t>(values.size());
  return context.EmitConstant(ir::Tensor::Ints({count}, std::move(values)), suffix);
}

// Elements [begin, end) of a computed vector; one element as a scalar where `shrink`.
Result<ir::NodeId> EmitPart(NodeContext& context, ir::NodeId vector, int64_t begin, int64_t end, bool shrink,
                            std::string_view suffix) {
  const std::string base(suffix);
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId first, EmitInts(context, {begin}, base + "/begin"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId last, EmitInts(context, {end}, base + "/end"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId step, EmitInts(context, {1}, base + "/step"));
  ir::Attributes attributes;
  attributes.shrink_axis_mask = shrink ? 1 : 0;
  return context.Emit(ir::OpKind::kStridedSlice, {vector, first, last, step}, attributes, suffix);
}

Value Like(const Value& value, ir::NodeId id) {
  return {.id = id, .constant = nullptr, .layout = value.layout, .is_size_as_real = value.is_size_as_real};
}

// A picture of one pixel, whose channels may as well be a vector.
bool IsPixel(const ir::Shape& shape) { return shape.size() == 4 && shape[1] == 1 && shape[2] == 1; }

// The dimensions of a constant or of a computed size, changed without moving elements.
Status SetReshaped(NodeContext& context, const Value& value, ir::Shape shape) {
  if (value.is_constant()) {
    ir::Tensor tensor = *value.constant;
    tensor.shape = std::move(shape);
    return context.SetConstant(std::move(tensor));
  }
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId wanted, EmitInts(context, shape, "/shape"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, context.Emit(ir::OpKind::kReshape, {value.id, wanted}));
  return context.Set(Like(value, id));
}

// Dimensions of a vector of sizes are known: their values are what may not be.
Result<ir::Shape> KnownShape(NodeContext& context, const Value& value) {
  const ir::Shape shape = value.is_constant() ? value.constant->shape : context.shape_of(value.id);
  if (!ir::IsFullyKnown(shape)) return Unsupported("reads \"{}\", of unknown size", context.node().inputs[0]);
  return shape;
}

// What Reshape makes of a shape: 0 keeps a dimension, one -1 is what is left.
Result<ir::Shape> Resolved(std::vector<int64_t> wanted, const ir::Shape& from) {
  SINEW_ASSIGN_OR_RETURN(const int64_t count, ir::ElementCount(from));
  int64_t known = 1, open = -1;
  for (size_t d = 0; d < wanted.size(); ++d) {
    if (wanted[d] == 0 && d < from.size()) wanted[d] = from[d];
    if (wanted[d] == -1 && open < 0) {
      open = static_cast<int64_t>(d);
    } else if (wanted[d] < 0 || wanted[d] > count) {
      return Corrupt("it reshapes {} to {}", ir::ToString(from), ir::ToString(wanted));
    } else {
      known *= std::max<int64_t>(wanted[d], 1);
      if (known > count) return Corrupt("it reshapes {} to {}", ir::ToString(from), ir::ToString(wanted));
    }
  }
  if (open >= 0) wanted[static_cast<size_t>(open)] = count / known;
  SINEW_ASSIGN_OR_RETURN(const int64_t result, ir::ElementCount(wanted));
  if (result != count) return Corrupt("it reshapes {} to {}", ir::ToString(from), ir::ToString(wanted));
  return wanted;
}

// ONNX's dimensions of a picture.
ir::Shape OnnxShape(NodeContext& context, const Value& value) {
  const ir::Shape& s = context.shape_of(value.id);
  if (value.layout == Layout::kChannelsFirst) return {s[0], s[3], s[1], s[2]};
  if (value.layout == Layout::kVector) return {s[0], s[3]};
  return s;
}

// Reshaping a picture moves no element where dimensions stay, or where those of one pixel come and go.
Status ReshapePicture(NodeContext& context, const Value& x, const std::vector<int64_t>& wanted) {
  const ir::Shape have = OnnxShape(context, x), &shape = context.shape_of(x.id);
  const auto same = [&](size_t d, size_t of) {
    return wanted[d] == have[of] || wanted[d] == -1 || (wanted[d] == 0 && d == of) || (d == 0 && wanted[d] == 1);
  };
  const bool unchanged = wanted.size() == have.size() && std::ranges::count(wanted, -1) <= 1 && [&] {
    for (size_t d = 0; d < have.size(); ++d) {
      if (!same(d, d)) return false;
    }
    return true;
  }();
  if (unchanged) return context.Set(x);
  const bool to_vector = wanted.size() == 2 && x.layout == Layout::kChannelsFirst && IsPixel(shape);
  if (to_vector && same(0, 0) && same(1, 1)) return context.Set(x.id, Layout::kVector);
  const bool to_picture = wanted.size() == 4 && x.layout == Layout::kVector && wanted[2] == 1 && wanted[3] == 1;
  if (to_picture && same(0, 0) && same(1, 1)) return context.Set(x.id, Layout::kChannelsFirst);
  return Unsupported("reshapes {} to {}; pictures stay pictures in sinew: name an output before it (--output-node)",
                     ir::ToString(have), ir::ToString(wanted));
}

}  // namespace

Status ConvertConstant(NodeContext& context) {
  if (const auto* stored = context.Find<StoredTensor>("value")) {
    SINEW_ASSIGN_OR_RETURN(ir::Tensor tensor, context.values().Decode(*stored));
    return context.SetConstant(std::move(tensor));
  }
  if (context.Has("value_float")) {
    SINEW_ASSIGN_OR_RETURN(const double value, context.Real("value_float", 0));
    return context.SetConstant(ir::Tensor::Floats({}, {static_cast<float>(value)}));
  }
  if (context.Has("value_int")) {
    SINEW_ASSIGN_OR_RETURN(const int64_t value, context.Int("value_int", 0));
    return context.SetConstant(ir::Tensor::Ints({}, {value}));
  }
  if (context.Has("value_ints")) {
    SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> values, context.Ints("value_ints"));
    const int64_t count = static_cast<int64_t>(values.size());
    return context.SetConstant(ir::Tensor::Ints({count}, std::move(values)));
  }
  if (context.Has("value_floats")) {
    SINEW_ASSIGN_OR_RETURN(const std::vector<double> values, context.Reals("value_floats"));
    return context.SetConstant(
        ir::Tensor::Floats({static_cast<int64_t>(values.size())}, {values.begin(), values.end()}));
  }
  return Unsupported("a constant of texts, or sparse");
}

// The IR has one type of real and one of whole numbers: pictures need no cast, sizes only remember theirs.
Status ConvertCast(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const int64_t to, context.Int("to", 0));
  const OnnxType type = static_cast<OnnxType>(to);
  const bool real = type == OnnxType::kFloat || type == OnnxType::kFloat16 || type == OnnxType::kDouble ||
                    type == OnnxType::kBfloat16;
  const bool whole = type == OnnxType::kInt64 || type == OnnxType::kInt32;
  if (!real && !whole) return Unsupported("a cast to {}", OnnxTypeName(type));
  SINEW_ASSIGN_OR_RETURN(Value x, context.Input(0));
  if (x.is_constant()) {
    const auto cast = CastTo(real ? ir::DType::kFloat32 : ir::DType::kInt32, *x.constant);
    if (!cast) return Corrupt("it casts numbers that are out of range");
    return context.SetConstant(*cast);
  }
  if (context.IsSize(x)) {
    x.is_size_as_real = real;
    return context.Set(x);
  }
  if (!real) return Unsupported("a cast of a picture to {}", OnnxTypeName(type));
  return context.Set(x);
}

Status ConvertShape(NodeContext& context) {
  if (context.Has("start") || context.Has("end")) return Unsupported("a part of a shape; export with opset 13");
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  if (x.is_constant()) {
    return context.SetConstant(ir::Tensor::Ints({context.Rank(x)}, x.constant->shape));
  }
  const ir::Shape shape = OnnxShape(context, x);
  if (ir::IsFullyKnown(shape)) return context.SetConstant(ir::Tensor::Ints({context.Rank(x)}, shape));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId nhwc, context.Emit(ir::OpKind::kShape, {x.id}, {}, "/nhwc"));
  if (x.layout == Layout::kAsIs) return context.Set(nhwc, Layout::kAsIs);
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId n, EmitPart(context, nhwc, 0, 1, false, "/n"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId c, EmitPart(context, nhwc, 3, 4, false, "/c"));
  std::vector<ir::NodeId> parts = {n, c};
  if (x.layout == Layout::kChannelsFirst) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId hw, EmitPart(context, nhwc, 1, 3, false, "/hw"));
    parts.push_back(hw);
  }
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, context.Emit(ir::OpKind::kConcat, std::move(parts)));
  return context.Set(id, Layout::kAsIs);
}

Status ConvertGather(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> indices, context.ConstantInts(1, "indices"));
  SINEW_ASSIGN_OR_RETURN(const Value given, context.Input(1));
  SINEW_ASSIGN_OR_RETURN(int64_t axis, context.Int("axis", 0));
  const int64_t rank = context.Rank(x);
  SINEW_ASSIGN_OR_RETURN(axis, NormalizeAxis(axis, rank));
  const bool scalar = given.constant->shape.empty();
  if (rank == 1 && given.constant->shape.size() <= 1) {
    SINEW_ASSIGN_OR_RETURN(const ir::Shape shape, KnownShape(context, x));
    for (int64_t& index : indices) {
      if (index < -shape[0] || index >= shape[0]) return Corrupt("takes element {} of {}", index, shape[0]);
      if (index < 0) index += shape[0];
    }
    if (x.is_constant()) {
      ir::Tensor tensor = Picked(*x.constant, indices);
      if (scalar) tensor.shape = {};
      return context.SetConstant(std::move(tensor));
    }
    std::vector<ir::NodeId> parts;
    for (const int64_t index : indices) {
      SINEW_ASSIGN_OR_RETURN(const ir::NodeId part, EmitPart(context, x.id, index, index + 1, scalar,
                                                             fmt::format("/element{}", parts.size())));
      parts.push_back(part);
    }
    if (parts.empty()) return Unsupported("takes no element");
    if (scalar) return context.Set(Like(x, parts[0]));
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, context.Emit(ir::OpKind::kConcat, std::move(parts)));
    return context.Set(Like(x, id));
  }
  return Unsupported("takes elements of something else than a size");
}

Status ConvertConcat(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(int64_t axis, context.Int("axis", context.opset() < 4 ? 1 : 0));
  if (context.input_count() == 0) return Corrupt("it joins nothing");
  std::vector<Value> values;
  Layout layout = Layout::kAsIs;
  bool all_constant = true;
  for (size_t i = 0; i < context.input_count(); ++i) {
    SINEW_ASSIGN_OR_RETURN(Value value, context.Input(i));
    if (!value.is_constant()) layout = value.layout;
    all_constant = all_constant && value.is_constant();
    values.push_back(std::move(value));
  }
  SINEW_ASSIGN_OR_RETURN(axis, NormalizeAxis(axis, context.Rank(values[0])));
  if (all_constant && context.Rank(values[0]) == 1) {
    ir::Tensor joined = *values[0].constant;
    for (size_t i = 1; i < values.size(); ++i) {
      const ir::Tensor& next = *values[i].constant;
      if (next.dtype != joined.dtype || next.shape.size() != 1) return Corrupt("joins constants of different types");
      joined.floats.insert(joined.floats.end(), next.floats.begin(), next.floats.end());
      joined.ints.insert(joined.ints.end(), next.ints.begin(), next.ints.end());
    }
    joined.shape = {static_cast<int64_t>(ElementsOf(joined))};
    if (ElementsOf(joined) > kMaxFolded) return TooLarge("joins {} numbers", ElementsOf(joined));
    return context.SetConstant(std::move(joined));
  }
  std::vector<ir::NodeId> inputs;
  bool as_real = false;
  for (size_t i = 0; i < values.size(); ++i) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId input, context.InLayout(i, layout));
    inputs.push_back(input);
    as_real = as_real || values[i].is_size_as_real;
  }
  ir::Attributes attributes;
  attributes.axis = AxisInIr(axis, layout);
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, context.Emit(ir::OpKind::kConcat, std::move(inputs), attributes));
  return context.Set(Value{.id = id, .constant = nullptr, .layout = layout, .is_size_as_real = as_real});
}

Status ConvertSplit(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> sizes, context.IntsOf("split", 1));
  SINEW_ASSIGN_OR_RETURN(int64_t axis, context.Int("axis", 0));
  if (x.is_constant()) return Unsupported("splits a constant");
  SINEW_ASSIGN_OR_RETURN(axis, NormalizeAxis(axis, context.Rank(x)));
  const ir::Shape& shape = context.shape_of(x.id);
  if (shape.size() != 4 || AxisInIr(axis, x.layout) != 3 || shape[3] < 1)
    return Unsupported("splits other dimensions than channels");
  const int64_t parts = static_cast<int64_t>(context.node().outputs.size());
  if (sizes.empty()) {
    const int64_t each = (shape[3] + parts - 1) / std::max<int64_t>(parts, 1);
    for (int64_t i = 0; i < parts; ++i) sizes.push_back(std::min(each, shape[3] - i * each));
  }
  if (static_cast<int64_t>(sizes.size()) != parts) return Corrupt("splits into {} parts of {}", parts, sizes.size());
  ir::Attributes attributes;
  for (size_t i = 0; i < sizes.size(); ++i) {
    attributes.count = sizes[i];
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId part, context.Emit(ir::OpKind::kSliceChannels, {x.id}, attributes,
                                                               i == 0 ? "" : fmt::format("/part{}", i)));
    SINEW_RETURN_IF_ERROR(context.Set(part, x.layout, i));
    attributes.offset += sizes[i];
  }
  return Status();
}

Status ConvertSlice(NodeContext& context) {
  const bool attributes = context.opset() < 10;
  const auto read = [&](std::string_view name, size_t index) -> Result<std::vector<int64_t>> {
    if (attributes) return context.Ints(name);
    return context.HasInput(index) ? context.ConstantInts(index, name)
                                   : Result<std::vector<int64_t>>(std::vector<int64_t>());
  };
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> starts, read("starts", 1));
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> ends, read("ends", 2));
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> axes, read("axes", 3));
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> steps, read("steps", 4));
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (steps.empty()) steps.assign(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    return Corrupt("its starts, ends, axes and steps differ in number");
  const int64_t rank = context.Rank(x);
  ir::NodeId id = x.id;
  Value result = x;
  for (size_t i = 0; i < axes.size(); ++i) {
    SINEW_ASSIGN_OR_RETURN(const int64_t axis, NormalizeAxis(axes[i], rank));
    const ir::Shape& shape = result.is_constant() ? result.constant->shape : context.shape_of(id);
    const int64_t dimension = AxisInIr(axis, x.layout), size = shape[static_cast<size_t>(dimension)];
    const bool channels = !x.is_constant() && shape.size() == 4 && dimension == 3;
    const bool open_end = ends[i] >= std::numeric_limits<int32_t>::max();
    if (starts[i] == 0 && steps[i] == 1 && (open_end || (size != ir::kUnknown && ends[i] >= size))) continue;
    if (!channels && rank != 1) return Unsupported("crops height or width; only channels can be taken apart");
    if (steps[i] != 1) return Unsupported("takes every {}th element", steps[i]);
    if (size == ir::kUnknown) return Unsupported("takes a part of an unknown size");
    const auto clamped = [&](int64_t at) {
      if (at < -size) return int64_t{0};
      return std::clamp<int64_t>(at < 0 ? at + size : at, 0, size);
    };
    const int64_t begin = clamped(starts[i]), end = clamped(ends[i]);
    if (begin >= end) return Unsupported("takes nothing");
    if (result.is_constant()) {
      std::vector<int64_t> indices(static_cast<size_t>(end - begin));
      std::iota(indices.begin(), indices.end(), begin);
      result.constant = std::make_shared<const ir::Tensor>(Picked(*result.constant, indices));
      continue;
    }
    if (channels) {
      ir::Attributes part;
      part.offset = begin;
      part.count = end - begin;
      SINEW_ASSIGN_OR_RETURN(id, context.Emit(ir::OpKind::kSliceChannels, {id}, part));
    } else {
      SINEW_ASSIGN_OR_RETURN(id, EmitPart(context, id, begin, end, false, ""));
    }
    result.id = id;
  }
  return context.Set(result);
}

Status ConvertTranspose(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> order, context.Ints("perm"));
  const int64_t rank = context.Rank(x);
  if (order.empty()) {
    order.resize(static_cast<size_t>(rank));
    std::iota(order.rbegin(), order.rend(), 0);
  }
  std::vector<int64_t> sorted = order, all(static_cast<size_t>(rank));
  std::ranges::sort(sorted);
  std::iota(all.begin(), all.end(), 0);
  if (sorted != all) return Corrupt("its perm does not name each of {} dimensions once", rank);
  if (order == all) return context.Set(x);
  if (x.is_constant()) return context.SetConstant(Permuted(*x.constant, order));
  if (x.layout == Layout::kChannelsFirst && order == std::vector<int64_t>{0, 2, 3, 1})
    return context.Set(x.id, Layout::kAsIs);
  if (x.layout == Layout::kAsIs && order == std::vector<int64_t>{0, 3, 1, 2})
    return context.Set(x.id, Layout::kChannelsFirst);
  return Unsupported("a transposition that is not one between NCHW and NHWC");
}

Status ConvertReshape(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const int64_t allow_zero, context.Int("allowzero", 0));
  if (allow_zero != 0) return Unsupported("allowzero");
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> wanted, context.ConstantInts(1, "shape"));
  if (!x.is_constant() && !context.IsSize(x)) return ReshapePicture(context, x, wanted);
  SINEW_ASSIGN_OR_RETURN(const ir::Shape shape, KnownShape(context, x));
  SINEW_ASSIGN_OR_RETURN(ir::Shape result, Resolved(std::move(wanted), shape));
  return SetReshaped(context, x, std::move(result));
}

Status ConvertFlatten(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(const int64_t axis, context.Int("axis", 1));
  const bool pixel = !x.is_constant() && (x.layout == Layout::kVector ||
                                          (x.layout == Layout::kChannelsFirst && IsPixel(context.shape_of(x.id))));
  if (!pixel || axis != 1) return Unsupported("flattens something else than a picture of one pixel");
  return context.Set(x.id, Layout::kVector);
}

Status ConvertSqueeze(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> axes, context.IntsOf("axes", 1));
  for (int64_t& axis : axes) {
    SINEW_ASSIGN_OR_RETURN(axis, NormalizeAxis(axis, context.Rank(x)));
  }
  std::ranges::sort(axes);
  if (x.is_constant() || context.IsSize(x)) {
    SINEW_ASSIGN_OR_RETURN(const ir::Shape shape, KnownShape(context, x));
    ir::Shape result;
    for (size_t d = 0; d < shape.size(); ++d) {
      const bool named = std::ranges::find(axes, static_cast<int64_t>(d)) != axes.end();
      if (named && shape[d] != 1) return Corrupt("squeezes a dimension of {}", shape[d]);
      if (!named && !(axes.empty() && shape[d] == 1)) result.push_back(shape[d]);
    }
    return SetReshaped(context, x, std::move(result));
  }
  const bool pixel = x.layout == Layout::kChannelsFirst && IsPixel(context.shape_of(x.id));
  if (!pixel || axes != std::vector<int64_t>{2, 3})
    return Unsupported("squeezes other dimensions than those of one pixel");
  return context.Set(x.id, Layout::kVector);
}

Status ConvertUnsqueeze(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> axes, context.IntsOf("axes", 1));
  const int64_t rank = context.Rank(x) + static_cast<int64_t>(axes.size());
  for (int64_t& axis : axes) {
    SINEW_ASSIGN_OR_RETURN(axis, NormalizeAxis(axis, rank));
  }
  std::ranges::sort(axes);
  if (x.is_constant() || context.IsSize(x)) {
    SINEW_ASSIGN_OR_RETURN(ir::Shape shape, KnownShape(context, x));
    constexpr size_t kMaxRank = 8;
    if (shape.size() + axes.size() > kMaxRank) return Unsupported("makes {} dimensions", shape.size() + axes.size());
    for (const int64_t axis : axes) {
      if (axis > static_cast<int64_t>(shape.size())) return Corrupt("names a dimension twice");
      shape.insert(shape.begin() + axis, 1);
    }
    return SetReshaped(context, x, std::move(shape));
  }
  if (x.layout != Layout::kVector || axes != std::vector<int64_t>{2, 3})
    return Unsupported("adds other dimensions than those of one pixel");
  return context.Set(x.id, Layout::kChannelsFirst);
}

}  // namespace sinew::onnx_import
