// The layers of the CMU network, one after another.
#include "compiler/synth/cmu.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "compiler/import/tensorflow/graphdef_writer.h"
#include "compiler/synth/seeded.h"

namespace sinew::synth {
namespace {

using import::TfAttr;
using import::TfNode;
using import::TfTensor;
using import::TfType;

constexpr int64_t kFeatures = 128, kHeatMaps = 19, kFields = 38;
constexpr int kStages = 6;
static_assert(std::endian::native == std::endian::little, "tensors are stored little endian");

class GraphBuilder {
 public:
  explicit GraphBuilder(uint64_t seed) : weights_(seed) {
    TfNode image = Node("image", "Placeholder", {});
    image.attrs["dtype"] = TfType::kFloat;
    image.attrs["shape"] = import::TfShape{false, {-1, -1, -1, 3}};
    model_.nodes.push_back(std::move(image));
  }

  std::string Scalar(const std::string& name, float value) { return Constant(name, {}, {value}); }

  std::string Binary(const std::string& name, const std::string& op, const std::string& a, const std::string& b) {
    model_.nodes.push_back(Node(name, op, {a, b}));
    return name;
  }

  // Convolution, bias and, but for the last layer of a branch, ReLU; the name of what it computes.
  std::string Layer(const std::string& name, const std::string& input, int64_t size, int64_t in, int64_t out,
                    bool relu = true) {
    // Without a ReLU half of the variance is not lost.
    const double deviation = std::sqrt((relu ? 2.0 : 1.0) / static_cast<double>(size * size * in));
    const std::string weights =
        Constant(name + "/weights", {size, size, in, out}, weights_.Normal(size * size * in * out, deviation));
    const std::string biases = Constant(name + "/biases", {out}, weights_.Biases(out));
    TfNode convolution = Node(name + "/Conv2D", "Conv2D", {input, weights});
    convolution.attrs["strides"] = std::vector<int64_t>{1, 1, 1, 1};
    convolution.attrs["padding"] = std::string("SAME");
    convolution.attrs["data_format"] = std::string("NHWC");
    model_.nodes.push_back(std::move(convolution));
    model_.nodes.push_back(Node(name + "/BiasAdd", "BiasAdd", {name + "/Conv2D", biases}));
    if (!relu) return name + "/BiasAdd";
    model_.nodes.push_back(Node(name + "/" + name, "Relu", {name + "/BiasAdd"}));
    return name + "/" + name;
  }

  std::string Pool(const std::string& name, const std::string& input) {
    TfNode pool = Node(name, "MaxPool", {input});
    pool.attrs["ksize"] = std::vector<int64_t>{1, 2, 2, 1};
    pool.attrs["strides"] = std::vector<int64_t>{1, 2, 2, 1};
    pool.attrs["padding"] = std::string("VALID");
    model_.nodes.push_back(std::move(pool));
    return name;
  }

  std::string Concat(const std::string& name, std::vector<std::string> inputs) {
    TfTensor axis;
    axis.type = TfType::kInt32;
    axis.ints = {3};
    AddConstant(name + "/axis", std::move(axis));
    inputs.push_back(name + "/axis");
    model_.nodes.push_back(Node(name, "ConcatV2", inputs));
    return name;
  }

  Result<std::string> Write() const { return import::WriteGraphDef(model_); }

 private:
  static TfNode Node(std::string name, std::string op, const std::vector<std::string>& inputs) {
    TfNode node = {std::move(name), std::move(op), {}, {}};
    for (const std::string& input : inputs) node.inputs.push_back({input, 0, false});
    if (node.op != "Placeholder") node.attrs["T"] = TfType::kFloat;
    return node;
  }

  void AddConstant(const std::string& name, TfTensor value) {
    TfNode node = {name, "Const", {}, {}};
    node.attrs["dtype"] = value.type;
    node.attrs["value"] = std::move(value);
    model_.nodes.push_back(std::move(node));
  }

  std::string Constant(const std::string& name, ir::Shape shape, const std::vector<float>& values) {
    TfTensor tensor;
    tensor.type = tensor.storage = TfType::kFloat;
    tensor.shape = std::move(shape);
    tensor.bytes.resize(values.size() * sizeof(float));
    std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
    AddConstant(name, std::move(tensor));
    return name;
  }

  SeededWeights weights_;
  import::TfModel model_;
};

std::string Features(GraphBuilder& b) {
  std::string x = b.Binary("preprocess_divide", "RealDiv", "image", b.Scalar("preprocess_divide/y", 255.0f));
  x = b.Binary("preprocess_subtract", "Sub", x, b.Scalar("preprocess_subtract/y", 0.5f));
  x = b.Layer("conv1_1", x, 3, 3, 64);
  x = b.Layer("conv1_2", x, 3, 64, 64);
  x = b.Pool("pool1_stage1", x);
  x = b.Layer("conv2_1", x, 3, 64, 128);
  x = b.Layer("conv2_2", x, 3, 128, 128);
  x = b.Pool("pool2_stage1", x);
  x = b.Layer("conv3_1", x, 3, 128, 256);
  for (const char* name : {"conv3_2", "conv3_3", "conv3_4"}) x = b.Layer(name, x, 3, 256, 256);
  x = b.Pool("pool3_stage1", x);
  x = b.Layer("conv4_1", x, 3, 256, 512);
  x = b.Layer("conv4_2", x, 3, 512, 512);
  x = b.Layer("conv4_3_CPM", x, 3, 512, 256);
  return b.Layer("conv4_4_CPM", x, 3, 256, kFeatures);
}

// Stage 1: three 3x3 layers and two 1x1.
std::string FirstBranch(GraphBuilder& b, const std::string& features, const std::string& suffix, int64_t outputs) {
  std::string x = features;
  for (const char* name : {"conv5_1_CPM_", "conv5_2_CPM_", "conv5_3_CPM_"})
    x = b.Layer(name + suffix, x, 3, kFeatures, kFeatures);
  x = b.Layer("conv5_4_CPM_" + suffix, x, 1, kFeatures, 512);
  return b.Layer("conv5_5_CPM_" + suffix, x, 1, 512, outputs, false);
}

// Stages 2 to 6: five 7x7 layers and two 1x1.
std::string RefinementBranch(GraphBuilder& b, const std::string& input, int stage, const std::string& suffix,
                             int64_t outputs) {
  const auto name = [&](int layer) {
    return "Mconv" + std::to_string(layer) + "_stage" + std::to_string(stage) + "_" + suffix;
  };
  std::string x = b.Layer(name(1), input, 7, kFeatures + kFields + kHeatMaps, kFeatures);
  for (int layer = 2; layer <= 5; ++layer) x = b.Layer(name(layer), x, 7, kFeatures, kFeatures);
  x = b.Layer(name(6), x, 1, kFeatures, kFeatures);
  return b.Layer(name(7), x, 1, kFeatures, outputs, false);
}

}  // namespace

Result<std::string> CmuGraphDef(uint64_t seed) {
  GraphBuilder b(seed);
  const std::string features = Features(b);
  std::string fields = FirstBranch(b, features, "L1", kFields), heat = FirstBranch(b, features, "L2", kHeatMaps);
  for (int stage = 2; stage <= kStages; ++stage) {
    const std::string joined = b.Concat("concat_stage" + std::to_string(stage), {fields, heat, features});
    fields = RefinementBranch(b, joined, stage, "L1", kFields);
    heat = RefinementBranch(b, joined, stage, "L2", kHeatMaps);
  }
  b.Concat("Openpose/concat_stage7", {heat, fields});
  return b.Write();
}

}  // namespace sinew::synth
