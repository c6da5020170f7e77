// ONNX's operations by name.
#include <algorithm>

#include "base/error.h"
#include "compiler/import/onnx/ops.h"

namespace sinew::onnx_import {
namespace {

constexpr OpConversion kConversions[] = {
    {"Abs", ConvertAbs},
    {"Add", ConvertAdd},
    {"AveragePool", ConvertAveragePool},
    {"BatchNormalization", ConvertBatchNormalization},
    {"Cast", ConvertCast},
    {"Ceil", ConvertCeilOrFloor},
    {"Clip", ConvertClip},
    {"Concat", ConvertConcat},
    {"Constant", ConvertConstant},
    {"Conv", ConvertConv},
    {"ConvTranspose", ConvertConvTranspose},
    {"DepthToSpace", ConvertDepthToSpace},
    {"Div", ConvertDiv},
    {"Dropout", ConvertIdentity},
    {"Elu", ConvertElu},
    {"Exp", ConvertExp},
    {"Flatten", ConvertFlatten},
    {"Floor", ConvertCeilOrFloor},
    {"Gather", ConvertGather},
    {"Gemm", ConvertGemm},
    {"GlobalAveragePool", ConvertGlobalAveragePool},
    {"HardSigmoid", ConvertHardSigmoid},
    {"HardSwish", ConvertHardSwish},
    {"Identity", ConvertIdentity},
    {"InstanceNormalization", ConvertInstanceNormalization},
    {"LeakyRelu", ConvertLeakyRelu},
    {"MatMul", ConvertMatMul},
    {"MaxPool", ConvertMaxPool},
    {"Mul", ConvertMul},
    {"Neg", ConvertNeg},
    {"PRelu", ConvertPRelu},
    {"Pad", ConvertPad},
    {"ReduceMean", ConvertReduceMean},
    {"Relu", ConvertRelu},
    {"Reshape", ConvertReshape},
    {"Resize", ConvertResize},
    {"Shape", ConvertShape},
    {"Sigmoid", ConvertSigmoid},
    {"Slice", ConvertSlice},
    {"Softmax", ConvertSoftmax},
    {"Softplus", ConvertSoftplus},
    {"Split", ConvertSplit},
    {"Sqrt", ConvertSqrt},
    {"Squeeze", ConvertSqueeze},
    {"Sub", ConvertSub},
    {"Tanh", ConvertTanh},
    {"Transpose", ConvertTranspose},
    {"Unsqueeze", ConvertUnsqueeze},
    {"Upsample", ConvertUpsample},
};

static_assert(std::ranges::is_sorted(kConversions, {}, &OpConversion::op));

bool IsOneOf(std::string_view op, std::initializer_list<std::string_view> list) {
  return std::ranges::find(list, op) != list.end();
}

}  // namespace

std::span<const OpConversion> Conversions() { return kConversions; }

const OpConversion* FindConversion(std::string_view op) {
  const auto found = std::ranges::lower_bound(kConversions, op, {}, &OpConversion::op);
  return found != std::end(kConversions) && found->op == op ? &*found : nullptr;
}

std::string ReasonUnsupported(std::string_view op, std::string_view domain) {
  if (!domain.empty()) return fmt::format("an operation of \"{}\"; only ONNX's own can be imported", domain);
  if (IsOneOf(op, {"If", "Loop", "Scan", "SequenceAt", "SequenceConstruct", "SequenceInsert", "SplitToSequence"})) {
    return "control flow; export the network by tracing (torch.onnx.export of the module itself, in eval mode)";
  }
  if (op.find("Quantize") != std::string_view::npos || op.starts_with("QLinear") || op.ends_with("Integer")) {
    return "a quantised network; export it in floating point";
  }
  if (op.starts_with("Random") || op == "Multinomial" || op == "Bernoulli") {
    return "random numbers; export the network in eval mode";
  }
  if (IsOneOf(op, {"NonMaxSuppression", "TopK", "ArgMax", "NonZero", "GatherND", "ScatterND", "Where"})) {
    return "decoding of the maps, which sinew does itself; name the maps as outputs (--output-node)";
  }
  if (IsOneOf(op, {"LSTM", "GRU", "RNN"})) return "a recurrent network; sinew runs networks of pictures";
  return "there is no such operation in sinew";
}

}  // namespace sinew::onnx_import
