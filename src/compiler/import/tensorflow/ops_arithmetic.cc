// Operations on elements and channels.
#include "base/error.h"
#include "compiler/import/tensorflow/ops.h"
#include "compiler/import/tensorflow/window_attrs.h"

namespace sinew::import {
namespace {

Result<ir::NodeId> ConvertUnary(NodeContext& context, ir::OpKind op) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Input(0));
  return context.Emit(op, {x});
}

Result<ir::NodeId> ConvertBinary(NodeContext& context, ir::OpKind op) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId a, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId b, context.Input(1));
  return context.Emit(op, {a, b});
}

Result<ir::NodeId> ConvertMap(NodeContext& context, ir::Function function, double alpha = 0) {
  ir::Attributes attributes;
  attributes.function = function;
  attributes.alpha = alpha;
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Input(0));
  return context.Emit(ir::OpKind::kMap, {x}, attributes);
}

}  // namespace

Result<ir::NodeId> ConvertAdd(NodeContext& context) { return ConvertBinary(context, ir::OpKind::kAdd); }
Result<ir::NodeId> ConvertSub(NodeContext& context) { return ConvertBinary(context, ir::OpKind::kSub); }
Result<ir::NodeId> ConvertMul(NodeContext& context) { return ConvertBinary(context, ir::OpKind::kMul); }
Result<ir::NodeId> ConvertDiv(NodeContext& context) { return ConvertBinary(context, ir::OpKind::kDiv); }
Result<ir::NodeId> ConvertRelu(NodeContext& context) { return ConvertUnary(context, ir::OpKind::kRelu); }
Result<ir::NodeId> ConvertRelu6(NodeContext& context) { return ConvertUnary(context, ir::OpKind::kRelu6); }
Result<ir::NodeId> ConvertIdentity(NodeContext& context) { return ConvertUnary(context, ir::OpKind::kIdentity); }

Result<ir::NodeId> ConvertAbs(NodeContext& context) { return ConvertMap(context, ir::Function::kAbs); }
Result<ir::NodeId> ConvertElu(NodeContext& context) { return ConvertMap(context, ir::Function::kElu, 1); }
Result<ir::NodeId> ConvertExp(NodeContext& context) { return ConvertMap(context, ir::Function::kExp); }
Result<ir::NodeId> ConvertSigmoid(NodeContext& context) { return ConvertMap(context, ir::Function::kSigmoid); }
Result<ir::NodeId> ConvertSoftplus(NodeContext& context) { return ConvertMap(context, ir::Function::kSoftplus); }
Result<ir::NodeId> ConvertSqrt(NodeContext& context) { return ConvertMap(context, ir::Function::kSqrt); }
Result<ir::NodeId> ConvertTanh(NodeContext& context) { return ConvertMap(context, ir::Function::kTanh); }

// Broadcasting would accept more than TensorFlow does here, so the bias is checked first.
Result<ir::NodeId> ConvertBiasAdd(NodeContext& context) {
  SINEW_RETURN_IF_ERROR(CheckLayout(context));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId bias, context.Input(1));
  const ir::Shape& x_shape = context.shape_of(x);
  const ir::Shape& bias_shape = context.shape_of(bias);
  if (x_shape.empty() || bias_shape.size() != 1 ||
      (x_shape.back() != ir::kUnknown && bias_shape[0] != ir::kUnknown && x_shape.back() != bias_shape[0])) {
    return Corrupt("a bias of shape {} on a tensor of shape {}", ir::ToString(bias_shape), ir::ToString(x_shape));
  }
  return context.Emit(ir::OpKind::kAdd, {x, bias});
}

Result<ir::NodeId> ConvertBatchNorm(NodeContext& context) {
  SINEW_RETURN_IF_ERROR(CheckLayout(context));
  ir::Attributes attributes;
  SINEW_ASSIGN_OR_RETURN(attributes.epsilon, context.Real("epsilon", 1e-4));
  SINEW_ASSIGN_OR_RETURN(const bool is_training, context.Bool("is_training", true));
  // In training mode TensorFlow normalises with the statistics of the picture and ignores (often empty) mean and
  // variance.
  const size_t count = is_training ? 3 : 5;
  std::vector<ir::NodeId> inputs;
  for (size_t i = 0; i < count; ++i) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId input, context.Input(i));
    inputs.push_back(input);
  }
  return context.Emit(ir::OpKind::kBatchNorm, std::move(inputs), attributes);
}

// The IR keeps one real and one integer type, so casts within a family change nothing but their result's range.
Result<ir::NodeId> ConvertCast(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const TfType type, context.Type("DstT"));
  ir::Attributes attributes;
  switch (type) {
    case TfType::kFloat:
    case TfType::kDouble:
      attributes.dtype = ir::DType::kFloat32;
      break;
    case TfType::kInt32:
    case TfType::kInt64:
      attributes.dtype = ir::DType::kInt32;
      break;
    default:
      return Unsupported("a cast to {}", TfTypeName(type));
  }
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Input(0));
  return context.Emit(ir::OpKind::kCast, {x}, attributes);
}

}  // namespace sinew::import
