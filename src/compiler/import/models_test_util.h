// For tests: small models in neutral form, and writers of both file formats for them.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "compiler/import/tensorflow/tf_model.h"

namespace sinew::import {

using TestAttrs = std::initializer_list<std::pair<const std::string, TfAttr>>;

// Builds a TfModel node by node; inputs are spelled as in files ("x:0", "^init").
class TestModel {
 public:
  TestModel& Add(std::string name, std::string op, const std::vector<std::string>& inputs, TestAttrs attrs = {});
  TestModel& Placeholder(std::string name, ir::Shape shape);
  TestModel& Floats(std::string name, ir::Shape shape, std::vector<float> values);
  TestModel& Ints(std::string name, ir::Shape shape, std::vector<int64_t> values);
  TestModel& Conv(std::string name, std::string x, std::string kernel, int64_t stride = 1,
                  std::string padding = "SAME");

  const TfModel& model() const { return model_; }
  TfNode& node(std::string_view name);
  TestModel& Reverse();

  std::string GraphDef() const;

 private:
  TfModel model_;
};

// image -> conv 3x3 stride 2 -> bias -> relu -> pool -> depthwise -> batch norm -> concat of two: a bit of everything.
TestModel SmallNetwork();

// A pose network in miniature: 57 channels at an eighth of the input, with strided, separable and 1x1 convolutions, a
// batch norm by the picture's statistics, and concatenations. Weights are seeded.
TestModel PoseNetwork();

struct TfjsFiles {
  std::string json;
  std::string shard;  // named "group1-shard1of1" in the manifest
};
TfjsFiles WriteTfjs(const TestModel& model);

}  // namespace sinew::import
