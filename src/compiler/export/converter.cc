// The walk over the graph, and values in two orders.
#include "compiler/export/converter.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "compiler/export/layout.h"
#include "compiler/export/ops.h"
#include "sinew/version.h"

namespace sinew::onnx_export {
namespace {

// Of ONNX's operators: old enough for the engines that are around; and of its file format, which came with it
// (ONNX 1.8).
constexpr int64_t kOpset = 13;
constexpr int64_t kIrVersion = 7;

constexpr std::string_view kInputSymbols[] = {"batch", "height", "width", "channels"};
constexpr std::string_view kNchwInputSymbols[] = {"batch", "channels", "height", "width"};

std::vector<int64_t> AsInts(const std::array<int64_t, 4>& order) { return {order.begin(), order.end()}; }

bool IsPicture(const ir::Node& node) { return node.dtype == ir::DType::kFloat32 && node.shape.size() == 4; }

}  // namespace

Converter::Converter(const ir::Graph& graph, const ConvertOptions& options)
    : graph_(graph), options_(options), onnx_("sinew"), values_(static_cast<size_t>(graph.size())) {}

std::string Converter::Natural(ir::NodeId id) {
  Value& value = values_[static_cast<size_t>(id)];
  if (!value.natural.empty()) return value.natural;
  const ir::Node& node = graph_.node(id);
  if (node.op == ir::OpKind::kConst) {
    value.natural = onnx_.Constant(node.name, *node.value);
  } else {
    value.natural = onnx_.Emit("Transpose", node.name + "/nhwc", {value.nchw}, {{"perm", AsInts(kToNhwc)}});
  }
  return value.natural;
}

std::string Converter::Nchw(ir::NodeId id) {
  Value& value = values_[static_cast<size_t>(id)];
  if (!value.nchw.empty()) return value.nchw;
  const ir::Node& node = graph_.node(id);
  if (node.op == ir::OpKind::kConst) {
    value.nchw = onnx_.Constant(node.name, Permuted(*node.value, kToNchw));
  } else {
    value.nchw = onnx_.Emit("Transpose", node.name + "/nchw", {value.natural}, {{"perm", AsInts(kToNchw)}});
  }
  return value.nchw;
}

std::string Converter::BroadcastOverNchw(ir::NodeId id) {
  const ir::Node& node = graph_.node(id);
  if (node.op != ir::OpKind::kConst) return Nchw(id);
  return onnx_.Constant(node.name, BroadcastableOverNchw(*node.value));
}

const TensorScale* Converter::ScaleOf(const ir::Node& convolution) const {
  if (options_.quantization == nullptr || !options_.quantization->convolutions.contains(convolution.name))
    return nullptr;
  const auto it = options_.quantization->inputs.find(input_of(convolution, 0).name);
  return it == options_.quantization->inputs.end() ? nullptr : &it->second;
}

std::string Converter::Quantized(ir::NodeId id, const TensorScale& scale) {
  const std::string picture = Nchw(id);
  Value& value = values_[static_cast<size_t>(id)];
  if (!value.quantized.empty()) return value.quantized;
  const std::string& name = graph_.node(id).name;
  const std::string step = onnx_.Float(name + "/scale", scale.scale);
  const std::string zero = onnx_.Raw(name + "/zero", onnx::TensorProto::UINT8, {},
                                     std::string_view(reinterpret_cast<const char*>(&scale.zero), 1));
  const std::string steps = onnx_.Emit("QuantizeLinear", name + "/quantized", {picture, step, zero});
  value.quantized = onnx_.Emit("DequantizeLinear", name + "/dequantized", {steps, step, zero});
  return value.quantized;
}

bool Converter::PrefersNchw(const ir::Node& node) const {
  if (!IsPicture(node)) return false;
  const auto fits = [&](ir::NodeId id) {
    return IsPicture(graph_.node(id)) || graph_.node(id).op == ir::OpKind::kConst;
  };
  return std::ranges::all_of(node.inputs, fits) &&
         std::ranges::any_of(node.inputs, [&](ir::NodeId id) { return IsNchw(id); });
}

Status Converter::Convert(ir::NodeId id) {
  const ir::Node& node = graph_.node(id);
  if (node.op == ir::OpKind::kConst) return Status();  // when it is used, in the form needed
  if (node.op == ir::OpKind::kInput) {
    if (options_.nchw && IsPicture(node)) {
      const ir::Shape& s = node.shape;
      SetNchw(onnx_.AddInput(node.name, {s[0], s[3], s[1], s[2]}, kNchwInputSymbols));
      values_[static_cast<size_t>(id)] = std::exchange(current_, Value());
      return Status();
    }
    SetNatural(onnx_.AddInput(node.name, node.shape, kInputSymbols));
    current_.is_nchw = IsPicture(node);  // one transposition for all that read it
    if (current_.is_nchw)
      current_.nchw = onnx_.Emit("Transpose", node.name + "/nchw", {current_.natural}, {{"perm", AsInts(kToNchw)}});
  } else if (const Status status = ExportOperation(*this, node); !status.ok()) {
    return Prefixed(fmt::format("node \"{}\"", node.name), status);
  }
  values_[static_cast<size_t>(id)] = std::exchange(current_, Value());
  return Status();
}

void Converter::EmitOutputs() {
  for (const ir::Output& output : graph_.outputs()) {
    const Value& value = values_[static_cast<size_t>(output.node)];
    if (const ir::Node& node = graph_.node(output.node); options_.nchw && IsPicture(node)) {
      const ir::Shape& s = node.shape;
      onnx_.EmitAs("Identity", output.name, {Nchw(output.node)});
      onnx_.AddOutput(output.name, node.dtype, {s[0], s[3], s[1], s[2]});
      continue;
    }
    if (value.natural.empty() && value.is_nchw) {
      onnx_.EmitAs("Transpose", output.name, {value.nchw}, {{"perm", AsInts(kToNhwc)}});
    } else {
      onnx_.EmitAs("Identity", output.name, {Natural(output.node)});
    }
    const ir::Node& node = graph_.node(output.node);
    onnx_.AddOutput(output.name, node.dtype, node.shape);
  }
}

Result<onnx::GraphProto> Converter::Run() && {
  if (graph_.input() < 0) return InvalidArgument("the graph has no input");
  if (graph_.outputs().empty()) return InvalidArgument("the graph has no output");
  const std::string& input = graph_.node(graph_.input()).name;
  for (const ir::Output& output : graph_.outputs()) {
    if (output.name == input)
      return Unsupported("input \"{}\" is an output under the same name: name another node", input);
    if (!onnx_.Reserve(output.name)) return InvalidArgument("output \"{}\" is given twice", output.name);
  }
  for (ir::NodeId id = 0; id < graph_.size(); ++id) SINEW_RETURN_IF_ERROR(Convert(id));
  EmitOutputs();
  return std::move(onnx_).Take();
}

Result<onnx::ModelProto> ConvertToOnnx(const ir::Graph& graph, const ConvertOptions& options) {
  onnx::ModelProto model;
  SINEW_ASSIGN_OR_RETURN(*model.mutable_graph(), Converter(graph, options).Run());
  model.set_ir_version(kIrVersion);
  model.set_producer_name("sinew");
  model.set_producer_version(kVersion);
  onnx::OperatorSetIdProto& opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(kOpset);
  return model;
}

}  // namespace sinew::onnx_export
