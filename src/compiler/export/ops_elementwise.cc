// Operations on each element by itself.
#include "base/error.h"
#include "compiler/export/ops.h"

namespace sinew::onnx_export {
namespace {

using ir::Activation;

constexpr float kSix = 6;

// The one operand, in the order it is in.
std::string Operand(Converter& converter, const ir::Node& node) {
  return converter.PrefersNchw(node) ? converter.Nchw(node.inputs[0]) : converter.Natural(node.inputs[0]);
}

// Sets the result, which is in the order of the operand.
void SetLike(Converter& converter, const ir::Node& node, std::string result) {
  if (converter.PrefersNchw(node)) {
    converter.SetNchw(std::move(result));
  } else {
    converter.SetNatural(std::move(result));
  }
}

}  // namespace

std::string BeforeActivation(const ir::Node& node) {
  return node.attributes.activation == Activation::kNone ? node.name : node.name + "/before_activation";
}

std::string Activated(Converter& converter, std::string value, std::string_view name, Activation activation) {
  OnnxGraph& onnx = converter.onnx();
  if (activation == Activation::kNone) return value;
  if (activation == Activation::kRelu) return onnx.Emit("Relu", name, {std::move(value)});
  const std::string base(name);
  return onnx.Emit("Clip", name, {std::move(value), onnx.Float(base + "/zero", 0), onnx.Float(base + "/six", kSix)});
}

// In NCHW a constant operand is brought to that order; operands of fewer dimensions that are computed are not, so that
// they broadcast as they would have.
Status ExportArithmetic(Converter& converter, const ir::Node& node, std::string_view op) {
  const bool nchw = converter.PrefersNchw(node);
  const auto operand = [&](size_t i) {
    return nchw ? converter.BroadcastOverNchw(node.inputs[i]) : converter.Natural(node.inputs[i]);
  };
  std::string result = converter.onnx().Emit(op, BeforeActivation(node), {operand(0), operand(1)});
  SetLike(converter, node, Activated(converter, std::move(result), node.name, node.attributes.activation));
  return Status();
}

Status ExportActivation(Converter& converter, const ir::Node& node, Activation activation) {
  SetLike(converter, node, Activated(converter, Operand(converter, node), node.name, activation));
  return Status();
}

// A slope a channel stands before the rows and columns over which it is repeated.
Status ExportPrelu(Converter& converter, const ir::Node& node) {
  const ir::Node& slope = converter.input_of(node, 1);
  if (slope.op != ir::OpKind::kConst) return Unsupported("its slope is computed, must be a constant");
  ir::Tensor over_picture = *slope.value;
  over_picture.shape = {slope.shape[0], 1, 1};
  OnnxGraph& onnx = converter.onnx();
  converter.SetNchw(
      onnx.Emit("PRelu", node.name, {converter.Nchw(node.inputs[0]), onnx.Constant(slope.name, over_picture)}));
  return Status();
}

Status ExportMap(Converter& converter, const ir::Node& node) {
  OnnxGraph& onnx = converter.onnx();
  const std::string x = Operand(converter, node);
  const float alpha = static_cast<float>(node.attributes.alpha), beta = static_cast<float>(node.attributes.beta);
  std::string result;
  switch (node.attributes.function) {
    case ir::Function::kNone:
      return Internal("has no function");
    case ir::Function::kAbs:
      result = onnx.Emit("Abs", node.name, {x});
      break;
    case ir::Function::kClip:
      result = onnx.Emit("Clip", node.name,
                         {x, onnx.Float(node.name + "/least", alpha), onnx.Float(node.name + "/most", beta)});
      break;
    case ir::Function::kElu:
      result = onnx.Emit("Elu", node.name, {x}, {{"alpha", alpha}});
      break;
    case ir::Function::kExp:
      result = onnx.Emit("Exp", node.name, {x});
      break;
    case ir::Function::kHardSigmoid:
      result = onnx.Emit("HardSigmoid", node.name, {x}, {{"alpha", alpha}, {"beta", beta}});
      break;
    case ir::Function::kHardSwish: {
      // An operator of its own only from opset 14 on.
      const std::string factor =
          onnx.Emit("HardSigmoid", node.name + "/factor", {x}, {{"alpha", 1.0f / 6}, {"beta", 0.5f}});
      result = onnx.Emit("Mul", node.name, {x, factor});
      break;
    }
    case ir::Function::kSigmoid:
      result = onnx.Emit("Sigmoid", node.name, {x});
      break;
    case ir::Function::kSoftplus:
      result = onnx.Emit("Softplus", node.name, {x});
      break;
    case ir::Function::kSqrt:
      result = onnx.Emit("Sqrt", node.name, {x});
      break;
    case ir::Function::kTanh:
      result = onnx.Emit("Tanh", node.name, {x});
      break;
  }
  SetLike(converter, node, std::move(result));
  return Status();
}

Status ExportIdentity(Converter& converter, const ir::Node& node) {
  SetLike(converter, node, converter.onnx().Emit("Identity", node.name, {Operand(converter, node)}));
  return Status();
}

// Both round towards zero.
Status ExportCast(Converter& converter, const ir::Node& node) {
  const int64_t to = node.dtype == ir::DType::kFloat32 ? onnx::TensorProto::FLOAT : onnx::TensorProto::INT64;
  converter.SetNatural(converter.onnx().Emit("Cast", node.name, {converter.Natural(node.inputs[0])}, {{"to", to}}));
  return Status();
}

}  // namespace sinew::onnx_export
