// TensorFlow's operations by name.
#include <algorithm>

#include "compiler/import/tensorflow/ops.h"

namespace sinew::import {
namespace {

constexpr OpConversion kConversions[] = {
    {"Abs", ConvertAbs},
    {"Add", ConvertAdd},
    {"AddV2", ConvertAdd},
    {"BiasAdd", ConvertBiasAdd},
    {"BiasAddV1", ConvertBiasAdd},
    {"Cast", ConvertCast},
    {"CheckNumerics", ConvertIdentity},
    {"Concat", ConvertConcat},
    {"ConcatV2", ConvertConcatV2},
    {"Conv2D", ConvertConv2d},
    {"DepthwiseConv2dNative", ConvertDepthwiseConv2d},
    {"Elu", ConvertElu},
    {"EnsureShape", ConvertIdentity},
    {"Exp", ConvertExp},
    {"FusedBatchNorm", ConvertBatchNorm},
    {"FusedBatchNormV2", ConvertBatchNorm},
    {"FusedBatchNormV3", ConvertBatchNorm},
    {"FusedDepthwiseConv2dNative", ConvertDepthwiseConv2d},
    {"Identity", ConvertIdentity},
    {"MaxPool", ConvertMaxPool},
    {"Mul", ConvertMul},
    {"Pack", ConvertPack},
    {"Pad", ConvertPad},
    {"PadV2", ConvertPadV2},
    {"PlaceholderWithDefault", ConvertIdentity},
    {"PreventGradient", ConvertIdentity},
    {"RealDiv", ConvertDiv},
    {"Relu", ConvertRelu},
    {"Relu6", ConvertRelu6},
    {"Reshape", ConvertReshape},
    {"ResizeBilinear", ConvertResizeBilinear},
    {"Shape", ConvertShape},
    {"Sigmoid", ConvertSigmoid},
    {"Snapshot", ConvertIdentity},
    {"Softplus", ConvertSoftplus},
    {"Sqrt", ConvertSqrt},
    {"Squeeze", ConvertSqueeze},
    {"StopGradient", ConvertIdentity},
    {"StridedSlice", ConvertStridedSlice},
    {"Sub", ConvertSub},
    {"Tanh", ConvertTanh},
    {"_FusedConv2D", ConvertConv2d},
    {"_FusedDepthwiseConv2dNative", ConvertDepthwiseConv2d},
};

static_assert(std::ranges::is_sorted(kConversions, {}, &OpConversion::op));

constexpr std::string_view kVariables[] = {
    "Variable",           "VariableV2", "VarHandleOp",      "ReadVariableOp", "AutoReloadVariable",
    "TemporaryVariable",  "RestoreV2",  "Restore",          "RestoreSlice",   "ResourceGather",
    "VarIsInitializedOp", "Assign",     "AssignVariableOp",
};

constexpr std::string_view kControlFlow[] = {
    "Switch",   "Merge", "Enter",    "Exit",    "NextIteration", "LoopCond",    "RefSwitch",
    "RefMerge", "If",    "RefEnter", "RefExit", "While",         "StatelessIf", "StatelessWhile",
};

template <size_t N>
bool Contains(const std::string_view (&list)[N], std::string_view op) {
  return std::ranges::find(list, op) != std::end(list);
}

}  // namespace

const OpConversion* FindConversion(std::string_view op) {
  const auto found = std::ranges::lower_bound(kConversions, op, {}, &OpConversion::op);
  return found != std::end(kConversions) && found->op == op ? &*found : nullptr;
}

std::string_view ReasonUnsupported(std::string_view op) {
  if (Contains(kControlFlow, op)) return "control flow; export the graph for inference, with is_training=False";
  if (op.starts_with("Random") || op.starts_with("Truncated") || op == "Multinomial") {
    return "random numbers; export the graph for inference, without dropout";
  }
  if (op.starts_with("Quantize") || op.starts_with("Dequantize") || op.starts_with("FakeQuant")) {
    return "a quantised graph; export it in floating point";
  }
  if (op == "PartitionedCall" || op == "StatefulPartitionedCall") {
    return "a function call; freeze the graph, which inlines them";
  }
  if (op.ends_with("Grad") || op.starts_with("Apply") || op.starts_with("ResourceApply")) {
    return "training; export the graph for inference";
  }
  if (op == "_Arg" || op == "_Retval" || op == "IteratorGetNext") {
    return "an input pipeline; the graph must begin with a Placeholder";
  }
  return "there is no such operation in sinew";
}

bool IsVariable(std::string_view op) { return Contains(kVariables, op); }

}  // namespace sinew::import
