// Foreign models to IR.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compiler/ir/graph.h"

namespace sinew::import {

// What made the model; networks of different makers may have the same outputs with another meaning of the input.
enum class Framework { kTensorFlow, kCaffe, kOnnx };

struct ImportReport {
  std::string format;                 // "TensorFlow frozen graph", "TensorFlow.js graph model", "Caffe model", "ONNX"
  int nodes_read = 0;                 // in the file
  std::vector<std::string> left_out;  // "node: reason" (unreachable from the output, NoOp, control inputs ...)
};

struct ImportedModel {
  ir::Graph graph;
  Framework framework = Framework::kTensorFlow;
  ImportReport report;
};

struct ImportOptions {
  // Names of the nodes to compute ("Openpose/concat_stage7", ":0" allowed), of a Caffe network those of blobs. Empty:
  // Openpose/concat_stage7 where there is one, else every node that nothing reads.
  // Of ONNX, names of values or nodes; empty: the model's outputs.
  std::vector<std::string> outputs;
  // The network that a .caffemodel holds the weights of. Empty: FindPrototxt.
  std::filesystem::path prototxt;
};

// `path`: a TensorFlow.js folder or model.json, a frozen GraphDef, a .caffemodel, or an ONNX file; told apart by
// content. Every message starts with the path. Unsupported nodes are all listed in one message, one a line: name, op,
// reason.
Result<ImportedModel> ImportModel(const std::filesystem::path& path, const ImportOptions& options = {});

// The network of a .caffemodel, beside it: the .prototxt of the same name, or the only one there is. kNotFound says how
// to name it.
Result<std::filesystem::path> FindPrototxt(const std::filesystem::path& caffemodel);

// A Caffe network from its text and its weights; `name` stands in messages about the network.
Result<ImportedModel> ImportCaffe(std::string_view prototxt, std::string_view caffemodel, std::string_view name,
                                  const ImportOptions& options = {});

// GraphDef bytes; `name` stands in messages.
Result<ImportedModel> ImportGraphDef(std::string_view bytes, std::string_view name, const ImportOptions& options = {});

// ONNX bytes; `folder` is where its external data lies, if it may have any.
Result<ImportedModel> ImportOnnx(std::string_view bytes, std::string_view name, const ImportOptions& options = {},
                                 const std::filesystem::path& folder = {});

}  // namespace sinew::import
