// Convolutions, also those into which TensorFlow's optimisers have fused what follows, and pooling.
#include <fmt/format.h>

#include "base/error.h"
#include "compiler/import/tensorflow/node_names.h"
#include "compiler/import/tensorflow/ops.h"
#include "compiler/import/tensorflow/window_attrs.h"

namespace sinew::import {
namespace {

// What a fused convolution does after convolving.
struct Epilogue {
  bool bias = false;
  bool batch_norm = false;
  ir::Activation activation = ir::Activation::kNone;
  double epsilon = 0;
};

Result<Epilogue> ReadEpilogue(const NodeContext& context) {
  Epilogue epilogue;
  SINEW_ASSIGN_OR_RETURN(const std::vector<std::string> fused, context.Texts("fused_ops"));
  for (size_t i = 0; i < fused.size(); ++i) {
    const bool last = i + 1 == fused.size();
    if (fused[i] == "BiasAdd" && i == 0) {
      epilogue.bias = true;
    } else if (fused[i] == "FusedBatchNorm" && i == 0) {
      epilogue.batch_norm = true;
    } else if (fused[i] == "Relu" && last) {
      epilogue.activation = ir::Activation::kRelu;
    } else if (fused[i] == "Relu6" && last) {
      epilogue.activation = ir::Activation::kRelu6;
    } else {
      return Unsupported("fused with {}", Printable(fmt::format("{}", fmt::join(fused, ", "))));
    }
  }
  SINEW_ASSIGN_OR_RETURN(epilogue.epsilon, context.Real("epsilon", 1e-4));
  return epilogue;
}

// A fused batch norm keeps nodes of its own: whether it folds is for the passes to say.
Result<ir::NodeId> EmitBatchNorm(NodeContext& context, ir::NodeId convolution, const Epilogue& epilogue) {
  std::vector<ir::NodeId> inputs = {convolution};
  for (size_t i = 2; i < 6; ++i) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId input, context.Input(i));
    inputs.push_back(input);
  }
  ir::Attributes attributes;
  attributes.epsilon = epilogue.epsilon;
  const bool activated = epilogue.activation != ir::Activation::kNone;
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId norm, context.Emit(ir::OpKind::kBatchNorm, std::move(inputs), attributes,
                                                             activated ? "/FusedBatchNorm" : ""));
  if (!activated) return norm;
  const bool relu6 = epilogue.activation == ir::Activation::kRelu6;
  return context.Emit(relu6 ? ir::OpKind::kRelu6 : ir::OpKind::kRelu, {norm});
}

Result<ir::NodeId> Convert(NodeContext& context, ir::OpKind op) {
  SINEW_RETURN_IF_ERROR(CheckLayout(context));
  ir::Attributes attributes;
  SINEW_ASSIGN_OR_RETURN(attributes.strides, HeightWidth(context, "strides", true));
  SINEW_ASSIGN_OR_RETURN(attributes.dilations, HeightWidth(context, "dilations", false));
  SINEW_ASSIGN_OR_RETURN(attributes.padding, ReadPadding(context));
  SINEW_ASSIGN_OR_RETURN(const Epilogue epilogue, ReadEpilogue(context));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId kernel, context.Input(1));
  std::vector<ir::NodeId> inputs = {x, kernel};
  if (epilogue.bias) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId bias, context.Input(2));
    inputs.push_back(bias);
  }
  if (!epilogue.batch_norm) {
    attributes.activation = epilogue.activation;
    return context.Emit(op, std::move(inputs), attributes);
  }
  const std::string_view suffix = op == ir::OpKind::kConv2d ? "/Conv2D" : "/depthwise";
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId convolution, context.Emit(op, std::move(inputs), attributes, suffix));
  return EmitBatchNorm(context, convolution, epilogue);
}

}  // namespace

Result<ir::NodeId> ConvertConv2d(NodeContext& context) { return Convert(context, ir::OpKind::kConv2d); }

Result<ir::NodeId> ConvertDepthwiseConv2d(NodeContext& context) {
  return Convert(context, ir::OpKind::kDepthwiseConv2d);
}

Result<ir::NodeId> ConvertMaxPool(NodeContext& context) {
  SINEW_RETURN_IF_ERROR(CheckLayout(context));
  ir::Attributes attributes;
  SINEW_ASSIGN_OR_RETURN(attributes.window, HeightWidth(context, "ksize", true));
  SINEW_ASSIGN_OR_RETURN(attributes.strides, HeightWidth(context, "strides", true));
  SINEW_ASSIGN_OR_RETURN(attributes.padding, ReadPadding(context));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Input(0));
  return context.Emit(ir::OpKind::kMaxPool, {x}, attributes);
}

}  // namespace sinew::import
