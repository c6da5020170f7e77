// Export: the network of a TensorFlow model as ONNX, so that other engines run the very same one.
//
//   sinew::ExportOptions options;
//   options.resolution = {656, 368};
//   sinew::Status status = sinew::ExportOnnx("graph_opt.pb", "model.onnx", options).status();
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sinew/model.h"
#include "sinew/precision.h"
#include "sinew/status.h"

namespace sinew {

enum class TensorLayout { kNhwc, kNchw };

struct ExportOptions {
  // The network's input is fixed to it: shapes are known, "same" padding is in numbers. 0x0: any height and width.
  Resolution resolution;
  // Pictures a call, each by itself as in Session::RunBatch. 0: any number.
  int batch = 1;
  // Nodes of the source graph to compute. Empty: Openpose/concat_stage7, else whatever nothing reads.
  std::vector<std::string> outputs;
  // The network in text form of a .caffemodel, as in CompileOptions.
  std::filesystem::path prototxt;
  // How the input and the outputs lie; what is between is NCHW in any case. Accelerators' compilers take kNchw.
  TensorLayout layout = TensorLayout::kNhwc;
  // The types of numbers; input and outputs are floats in all of them.
  //   kAuto, kFp32  floats
  //   kFp16         weights, and what is computed
  //   kBf16         weights alone, cast to floats where they are used: few engines have operations on bf16
  //   kInt8         what convolutions read, and their weights, as QuantizeLinear and DequantizeLinear say (QDQ):
  //   unsigned
  //                 for pictures, with a scale each; signed for weights, with a scale a channel. The first and last
  //                 convolutions stay floats. Needs a resolution and `calibration`.
  Precision precision = Precision::kAuto;
  // As in CompileOptions.
  std::function<Result<std::vector<float>>(Resolution resolution)> calibration;
};

struct ExportReport {
  int nodes_read = 0;     // of the source graph
  int nodes_written = 0;  // of the ONNX graph
  uint64_t bytes = 0;     // of the file
};

// Writes `graph` (a TensorFlow.js folder or model.json, a frozen GraphDef, or a .caffemodel) as an ONNX model of opset
// 13 to `onnx`, which appears only when whole. The model takes what a Session takes and gives what it gives: batch x H
// x W x 3 floats in, NHWC, and each output under its name, NHWC, or both in NCHW; what lies between is NCHW. Resizing
// and normalising pictures is not part of it. Constants, batch norms and biases are folded as when compiling. Errors:
// those of the file (kNotFound, kCorrupt, kTooLarge); kUnsupported, naming the node, where sinew or ONNX has no such
// operation or its sizes are not known without a resolution; kInvalidArgument for options; kTooLarge beyond the 2 GB of
// an ONNX file. Thread-safe.
Result<ExportReport> ExportOnnx(const std::filesystem::path& graph, const std::filesystem::path& onnx,
                                const ExportOptions& options = {});

}  // namespace sinew
