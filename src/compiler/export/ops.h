// The conversions of single operations. Each emits ONNX nodes and sets the converter's current value.
#pragma once

#include <string>

#include "compiler/export/converter.h"

namespace sinew::onnx_export {

Status ExportOperation(Converter& converter, const ir::Node& node);

// ops_picture.cc
Status ExportConvolution(Converter& converter, const ir::Node& node);  // depthwise, too
Status ExportBatchNorm(Converter& converter, const ir::Node& node);
Status ExportScaleShift(Converter& converter, const ir::Node& node);
Status ExportMaxPool(Converter& converter, const ir::Node& node);
Status ExportResizeBilinear(Converter& converter, const ir::Node& node);
Status ExportAveragePool(Converter& converter, const ir::Node& node);
Status ExportSpatialMean(Converter& converter, const ir::Node& node);
Status ExportResizeNearest(Converter& converter, const ir::Node& node);
Status ExportDepthToSpace(Converter& converter, const ir::Node& node);
Status ExportSoftmax(Converter& converter, const ir::Node& node);
Status ExportSliceChannels(Converter& converter, const ir::Node& node);

// ops_elementwise.cc
Status ExportArithmetic(Converter& converter, const ir::Node& node, std::string_view op);
Status ExportActivation(Converter& converter, const ir::Node& node, ir::Activation activation);
Status ExportPrelu(Converter& converter, const ir::Node& node);
Status ExportMap(Converter& converter, const ir::Node& node);
Status ExportIdentity(Converter& converter, const ir::Node& node);
Status ExportCast(Converter& converter, const ir::Node& node);
// The name of `value` after an activation; `name` is the node's.
std::string Activated(Converter& converter, std::string value, std::string_view name, ir::Activation activation);
// What the operation before an activation is called, so that the last node bears the name of the IR's.
std::string BeforeActivation(const ir::Node& node);

// ops_shape.cc
Status ExportConcat(Converter& converter, const ir::Node& node);
Status ExportPad(Converter& converter, const ir::Node& node);
Status ExportShape(Converter& converter, const ir::Node& node);
Status ExportStridedSlice(Converter& converter, const ir::Node& node);
Status ExportPack(Converter& converter, const ir::Node& node);
Status ExportReshape(Converter& converter, const ir::Node& node);
Status ExportSqueeze(Converter& converter, const ir::Node& node);

}  // namespace sinew::onnx_export
