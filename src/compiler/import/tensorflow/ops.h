// The operations of TensorFlow that have a counterpart in the IR.
#pragma once

#include <string_view>

#include "compiler/import/tensorflow/node_context.h"

namespace sinew::import {

struct OpConversion {
  std::string_view op;
  Conversion convert;
};

// Null for an operation that is not supported. Const and the placeholders are the converter's own.
const OpConversion* FindConversion(std::string_view op);

// Why there is no conversion for `op`, in words that help.
std::string_view ReasonUnsupported(std::string_view op);

// Operations that hold or read a weight outside the graph: their presence means that the graph is not frozen.
bool IsVariable(std::string_view op);

// ops_convolution.cc
Result<ir::NodeId> ConvertConv2d(NodeContext& context);
Result<ir::NodeId> ConvertDepthwiseConv2d(NodeContext& context);
Result<ir::NodeId> ConvertMaxPool(NodeContext& context);

// ops_arithmetic.cc
Result<ir::NodeId> ConvertAdd(NodeContext& context);
Result<ir::NodeId> ConvertSub(NodeContext& context);
Result<ir::NodeId> ConvertMul(NodeContext& context);
Result<ir::NodeId> ConvertDiv(NodeContext& context);
Result<ir::NodeId> ConvertBiasAdd(NodeContext& context);
Result<ir::NodeId> ConvertBatchNorm(NodeContext& context);
Result<ir::NodeId> ConvertRelu(NodeContext& context);
Result<ir::NodeId> ConvertRelu6(NodeContext& context);
Result<ir::NodeId> ConvertIdentity(NodeContext& context);
Result<ir::NodeId> ConvertCast(NodeContext& context);
Result<ir::NodeId> ConvertAbs(NodeContext& context);
Result<ir::NodeId> ConvertElu(NodeContext& context);
Result<ir::NodeId> ConvertExp(NodeContext& context);
Result<ir::NodeId> ConvertSigmoid(NodeContext& context);
Result<ir::NodeId> ConvertSoftplus(NodeContext& context);
Result<ir::NodeId> ConvertSqrt(NodeContext& context);
Result<ir::NodeId> ConvertTanh(NodeContext& context);

// ops_shape.cc
Result<ir::NodeId> ConvertConcat(NodeContext& context);
Result<ir::NodeId> ConvertConcatV2(NodeContext& context);
Result<ir::NodeId> ConvertPack(NodeContext& context);
Result<ir::NodeId> ConvertPad(NodeContext& context);
Result<ir::NodeId> ConvertPadV2(NodeContext& context);
Result<ir::NodeId> ConvertReshape(NodeContext& context);
Result<ir::NodeId> ConvertResizeBilinear(NodeContext& context);
Result<ir::NodeId> ConvertShape(NodeContext& context);
Result<ir::NodeId> ConvertSqueeze(NodeContext& context);
Result<ir::NodeId> ConvertStridedSlice(NodeContext& context);

}  // namespace sinew::import
