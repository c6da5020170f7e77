// Operations on elements and channels.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "compiler/import/onnx/fold.h"
#include "compiler/import/onnx/ops.h"

namespace sinew::onnx_import {
namespace {

// What works on each element by itself leaves the layout as it is.
Status EmitUnary(NodeContext& context, ir::OpKind op, ir::Attributes attributes = {}) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, context.Node(0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(op, {id}, attributes));
  return context.Set(result, x.layout);
}

Status EmitMap(NodeContext& context, ir::Function function, double alpha = 0, double beta = 0) {
  ir::Attributes attributes;
  attributes.function = function;
  attributes.alpha = alpha;
  attributes.beta = beta;
  return EmitUnary(context, ir::OpKind::kMap, attributes);
}

char Sign(ir::OpKind op) {
  switch (op) {
    case ir::OpKind::kAdd:
      return '+';
    case ir::OpKind::kSub:
      return '-';
    case ir::OpKind::kMul:
      return '*';
    default:
      return '/';
  }
}

// Arithmetic of a computed size with a constant or another size.
Status EmitSize(NodeContext& context, ir::OpKind op, const Value& a, const Value& b) {
  if (op == ir::OpKind::kDiv)
    return Unsupported("divides a size that depends on the input's; export the model with a fixed size");
  const auto whole = [&](const Value& value, size_t index) -> Result<ir::NodeId> {
    if (!value.is_constant()) return value.id;
    for (const float each : value.constant->floats) {
      if (each != std::trunc(each)) {
        return Unsupported("multiplies a size that depends on the input's by {}; export the model with a fixed size",
                           each);
      }
    }
    const std::optional<ir::Tensor> ints = CastTo(ir::DType::kInt32, *value.constant);
    if (!ints) return Corrupt("computes a size with a number that is out of range");
    return context.EmitConstant(*ints, fmt::format("/operand{}", index));
  };
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, whole(a, 0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId y, whole(b, 1));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, context.Emit(op, {x, y}));
  return context.Set(Value{.id = id,
                           .constant = nullptr,
                           .layout = Layout::kAsIs,
                           .is_size_as_real = a.is_size_as_real || b.is_size_as_real});
}

Status EmitBinary(NodeContext& context, ir::OpKind op) {
  SINEW_ASSIGN_OR_RETURN(const Value a, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(const Value b, context.Input(1));
  if (a.is_constant() && b.is_constant()) {
    const std::optional<ir::Tensor> folded = FoldBinary(*a.constant, *b.constant, Sign(op));
    if (folded) return context.SetConstant(*folded);
  }
  if (context.IsSize(a) || context.IsSize(b)) return EmitSize(context, op, a, b);
  const Layout layout = a.is_constant() ? b.layout : a.layout;
  // A constant beside a vector of channels broadcasts in the last dimension, where channels are in both orders.
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.InLayout(0, layout));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId y, context.InLayout(1, layout));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(op, {x, y}));
  const size_t rank = context.shape_of(result).size();
  if (layout != Layout::kAsIs && rank != 4) return Unsupported("broadcasts to {} dimensions", rank);
  return context.Set(result, layout);
}

// A bound of Clip: an attribute until opset 10, then an input.
Result<double> Bound(NodeContext& context, std::string_view attribute, size_t index, double open) {
  if (context.opset() < 11) return context.Real(attribute, open);
  if (!context.HasInput(index)) return open;
  SINEW_ASSIGN_OR_RETURN(const auto bound, context.Weights(index, attribute));
  if (bound->floats.size() != 1) return Corrupt("its {} has {} values", attribute, bound->floats.size());
  return static_cast<double>(bound->floats[0]);
}

// Where x is negative, x times the slope of its channel; `slopes` has one for each, or one for all.
Status EmitPrelu(NodeContext& context, const std::vector<float>& slopes) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  if (x.is_constant() || context.shape_of(x.id).size() != 4) return Unsupported("of something else than a picture");
  const int64_t channels = context.shape_of(x.id)[3];
  const size_t count = static_cast<size_t>(std::max<int64_t>(channels, 0));
  if (channels < 1 || (slopes.size() != 1 && slopes.size() != count))
    return Corrupt("{} slopes for {} channels", slopes.size(), channels);
  ir::Tensor each = ir::Tensor::Floats({channels}, slopes);
  each.floats.resize(count, slopes[0]);
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId slope, context.EmitConstant(std::move(each), "/slope"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(ir::OpKind::kPrelu, {x.id, slope}));
  return context.Set(result, x.layout);
}

}  // namespace

Status ConvertLeakyRelu(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const double alpha, context.Real("alpha", static_cast<double>(0.01f)));
  return EmitPrelu(context, {static_cast<float>(alpha)});
}

Status ConvertPRelu(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const auto slope, context.Weights(1, "slope"));
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  // One a channel: ONNX's dimensions behind that of the channels must be 1.
  const ir::Shape& shape = slope->shape;
  const size_t behind = x.layout == Layout::kChannelsFirst ? 2 : 0;
  const bool per_channel =
      shape.size() > behind && shape[shape.size() - 1 - behind] == static_cast<int64_t>(slope->floats.size());
  if (slope->floats.size() != 1 && !per_channel) return Unsupported("slopes of shape {}", ir::ToString(shape));
  return EmitPrelu(context, slope->floats);
}

Status ConvertAdd(NodeContext& context) { return EmitBinary(context, ir::OpKind::kAdd); }
Status ConvertSub(NodeContext& context) { return EmitBinary(context, ir::OpKind::kSub); }
Status ConvertMul(NodeContext& context) { return EmitBinary(context, ir::OpKind::kMul); }
Status ConvertDiv(NodeContext& context) { return EmitBinary(context, ir::OpKind::kDiv); }

Status ConvertAbs(NodeContext& context) { return EmitMap(context, ir::Function::kAbs); }
Status ConvertExp(NodeContext& context) { return EmitMap(context, ir::Function::kExp); }
Status ConvertRelu(NodeContext& context) { return EmitUnary(context, ir::OpKind::kRelu); }
Status ConvertSigmoid(NodeContext& context) { return EmitMap(context, ir::Function::kSigmoid); }
Status ConvertSoftplus(NodeContext& context) { return EmitMap(context, ir::Function::kSoftplus); }
Status ConvertTanh(NodeContext& context) { return EmitMap(context, ir::Function::kTanh); }
Status ConvertHardSwish(NodeContext& context) { return EmitMap(context, ir::Function::kHardSwish); }

Status ConvertSqrt(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  if (x.is_constant()) {
    if (const auto folded = FoldUnary(*x.constant, [](double v) { return std::sqrt(v); }))
      return context.SetConstant(*folded);
  }
  return EmitMap(context, ir::Function::kSqrt);
}

Status ConvertElu(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const double alpha, context.Real("alpha", 1));
  return EmitMap(context, ir::Function::kElu, alpha);
}

Status ConvertHardSigmoid(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const double alpha, context.Real("alpha", static_cast<double>(0.2f)));
  SINEW_ASSIGN_OR_RETURN(const double beta, context.Real("beta", 0.5));
  return EmitMap(context, ir::Function::kHardSigmoid, alpha, beta);
}

Status ConvertNeg(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  if (x.is_constant()) {
    if (const auto folded = FoldUnary(*x.constant, [](double v) { return -v; })) return context.SetConstant(*folded);
  }
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, context.Node(0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId minus, context.EmitConstant(ir::Tensor::Floats({}, {-1}), "/minus_one"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(ir::OpKind::kMul, {id, minus}));
  return context.Set(result, x.layout);
}

Status ConvertClip(NodeContext& context) {
  constexpr double kOpen = std::numeric_limits<float>::max();
  SINEW_ASSIGN_OR_RETURN(const double least, Bound(context, "min", 1, -kOpen));
  SINEW_ASSIGN_OR_RETURN(const double most, Bound(context, "max", 2, kOpen));
  if (std::isnan(least) || std::isnan(most)) return Corrupt("it clips to NaN");
  const double low = std::max(least, -kOpen), high = std::min(most, kOpen);
  if (low == 0 && high == kOpen) return EmitUnary(context, ir::OpKind::kRelu);
  if (low == 0 && high == 6) return EmitUnary(context, ir::OpKind::kRelu6);
  return EmitMap(context, ir::Function::kClip, low, high);
}

// Of sizes, which are whole already.
Status ConvertCeilOrFloor(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  if (context.IsSize(x)) return context.Set(x);
  const bool floor = context.node().op == "Floor";
  if (x.is_constant()) {
    const auto folded = FoldUnary(*x.constant, [&](double v) { return floor ? std::floor(v) : std::ceil(v); });
    if (folded) return context.SetConstant(*folded);
  }
  return Unsupported("rounds a picture; only sizes can be rounded");
}

Status ConvertIdentity(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  return context.Set(x);
}

Status ConvertBatchNormalization(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const int64_t training, context.Int("training_mode", 0));
  if (training != 0) return Unsupported("normalises as in training; export the network in eval mode");
  ir::Attributes attributes;
  SINEW_ASSIGN_OR_RETURN(attributes.epsilon, context.Real("epsilon", static_cast<double>(1e-5f)));
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  if (x.is_constant()) return Unsupported("normalises a constant");
  if (x.layout == Layout::kAsIs) return Unsupported("normalises something else than a picture of NCHW");
  std::vector<ir::NodeId> inputs = {x.id};
  constexpr std::string_view kRoles[] = {"", "scale", "shift", "mean", "variance"};
  for (size_t i = 1; i < 5; ++i) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId each, context.PerChannel(i, kRoles[i]));
    inputs.push_back(each);
  }
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(ir::OpKind::kBatchNorm, std::move(inputs), attributes));
  return context.Set(result, x.layout);
}

// By the picture's own statistics.
Status ConvertInstanceNormalization(NodeContext& context) {
  ir::Attributes attributes;
  SINEW_ASSIGN_OR_RETURN(attributes.epsilon, context.Real("epsilon", static_cast<double>(1e-5f)));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Picture(0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId scale, context.PerChannel(1, "scale"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId shift, context.PerChannel(2, "shift"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(ir::OpKind::kBatchNorm, {x, scale, shift}, attributes));
  return context.Set(result, Layout::kChannelsFirst);
}

// Until opset 12 all dimensions from `axis` on were one.
Status ConvertSoftmax(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  if (x.is_constant()) return Unsupported("of a constant");
  const int64_t rank = context.Rank(x);
  SINEW_ASSIGN_OR_RETURN(int64_t axis, context.Int("axis", context.opset() < 13 ? 1 : -1));
  SINEW_ASSIGN_OR_RETURN(axis, NormalizeAxis(axis, rank));
  const bool over_channels = context.shape_of(x.id).size() == 4 && AxisInIr(axis, x.layout) == 3;
  if (!over_channels || (context.opset() < 13 && axis != rank - 1))
    return Unsupported("over other dimensions than channels");
  return EmitUnary(context, ir::OpKind::kSoftmax);
}

}  // namespace sinew::onnx_import
