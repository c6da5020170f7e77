// Which conversion each operation has.
#include "compiler/export/ops.h"

#include "base/error.h"

namespace sinew::onnx_export {

Status ExportOperation(Converter& converter, const ir::Node& node) {
  using ir::OpKind;
  switch (node.op) {
    case OpKind::kInput:
    case OpKind::kConst:
      return Internal("is not an operation");
    case OpKind::kConv2d:
    case OpKind::kDepthwiseConv2d:
      return ExportConvolution(converter, node);
    case OpKind::kBatchNorm:
      return ExportBatchNorm(converter, node);
    case OpKind::kAdd:
      return ExportArithmetic(converter, node, "Add");
    case OpKind::kSub:
      return ExportArithmetic(converter, node, "Sub");
    case OpKind::kMul:
      return ExportArithmetic(converter, node, "Mul");
    case OpKind::kDiv:
      return ExportArithmetic(converter, node, "Div");
    case OpKind::kRelu:
      return ExportActivation(converter, node, ir::Activation::kRelu);
    case OpKind::kRelu6:
      return ExportActivation(converter, node, ir::Activation::kRelu6);
    case OpKind::kPrelu:
      return ExportPrelu(converter, node);
    case OpKind::kConcat:
      return ExportConcat(converter, node);
    case OpKind::kMaxPool:
      return ExportMaxPool(converter, node);
    case OpKind::kResizeBilinear:
      return ExportResizeBilinear(converter, node);
    case OpKind::kPad:
      return ExportPad(converter, node);
    case OpKind::kShape:
      return ExportShape(converter, node);
    case OpKind::kStridedSlice:
      return ExportStridedSlice(converter, node);
    case OpKind::kPack:
      return ExportPack(converter, node);
    case OpKind::kCast:
      return ExportCast(converter, node);
    case OpKind::kReshape:
      return ExportReshape(converter, node);
    case OpKind::kSqueeze:
      return ExportSqueeze(converter, node);
    case OpKind::kIdentity:
      return ExportIdentity(converter, node);
    case OpKind::kMap:
      return ExportMap(converter, node);
    case OpKind::kAveragePool:
      return ExportAveragePool(converter, node);
    case OpKind::kSpatialMean:
      return ExportSpatialMean(converter, node);
    case OpKind::kResizeNearest:
      return ExportResizeNearest(converter, node);
    case OpKind::kDepthToSpace:
      return ExportDepthToSpace(converter, node);
    case OpKind::kSoftmax:
      return ExportSoftmax(converter, node);
    case OpKind::kScaleShift:
      return ExportScaleShift(converter, node);
    case OpKind::kSliceChannels:
      return ExportSliceChannels(converter, node);
  }
  return Internal("unknown operation");
}

}  // namespace sinew::onnx_export
