// The operations of ONNX that have a counterpart in the IR.
#pragma once

#include <string>
#include <string_view>

#include "compiler/import/onnx/node_context.h"

namespace sinew::onnx_import {

struct OpConversion {
  std::string_view op;
  Conversion convert;
};

// Null for an operation that is not supported.
const OpConversion* FindConversion(std::string_view op);
std::span<const OpConversion> Conversions();

// Why there is no conversion for `op`, in words that help.
std::string ReasonUnsupported(std::string_view op, std::string_view domain);

// ops_convolution.cc
Status ConvertConv(NodeContext& context);
Status ConvertConvTranspose(NodeContext& context);
Status ConvertGemm(NodeContext& context);
Status ConvertMatMul(NodeContext& context);

// ops_pool.cc
Status ConvertMaxPool(NodeContext& context);
Status ConvertAveragePool(NodeContext& context);
Status ConvertGlobalAveragePool(NodeContext& context);
Status ConvertReduceMean(NodeContext& context);

// ops_elementwise.cc
Status ConvertAbs(NodeContext& context);
Status ConvertAdd(NodeContext& context);
Status ConvertBatchNormalization(NodeContext& context);
Status ConvertCeilOrFloor(NodeContext& context);
Status ConvertClip(NodeContext& context);
Status ConvertDiv(NodeContext& context);
Status ConvertElu(NodeContext& context);
Status ConvertExp(NodeContext& context);
Status ConvertHardSigmoid(NodeContext& context);
Status ConvertHardSwish(NodeContext& context);
Status ConvertIdentity(NodeContext& context);
Status ConvertInstanceNormalization(NodeContext& context);
Status ConvertLeakyRelu(NodeContext& context);
Status ConvertMul(NodeContext& context);
Status ConvertNeg(NodeContext& context);
Status ConvertPRelu(NodeContext& context);
Status ConvertRelu(NodeContext& context);
Status ConvertSigmoid(NodeContext& context);
Status ConvertSoftmax(NodeContext& context);
Status ConvertSoftplus(NodeContext& context);
Status ConvertSqrt(NodeContext& context);
Status ConvertSub(NodeContext& context);
Status ConvertTanh(NodeContext& context);

// ops_shape.cc
Status ConvertCast(NodeContext& context);
Status ConvertConcat(NodeContext& context);
Status ConvertConstant(NodeContext& context);
Status ConvertFlatten(NodeContext& context);
Status ConvertGather(NodeContext& context);
Status ConvertReshape(NodeContext& context);
Status ConvertShape(NodeContext& context);
Status ConvertSlice(NodeContext& context);
Status ConvertSplit(NodeContext& context);
Status ConvertSqueeze(NodeContext& context);
Status ConvertTranspose(NodeContext& context);
Status ConvertUnsqueeze(NodeContext& context);

// ops_resize.cc
Status ConvertDepthToSpace(NodeContext& context);
Status ConvertPad(NodeContext& context);
Status ConvertResize(NodeContext& context);
Status ConvertUpsample(NodeContext& context);

}  // namespace sinew::onnx_import
