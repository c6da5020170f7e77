// Builders and writers of small models.
#include "compiler/import/models_test_util.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>

#include "compiler/import/tensorflow/graphdef_writer.h"
#include "compiler/import/tensorflow/node_names.h"

namespace sinew::import {
namespace {

using Json = nlohmann::json;

std::string Base64(std::string_view bytes) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = 0;
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t j = 0; j < 3; ++j) bits = bits << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (size_t j = 0; j < 4; ++j) text += j <= count ? kAlphabet[bits >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

Json ShapeJson(const ir::Shape& dims) {
  Json list = Json::array();
  for (const int64_t dim : dims) list.push_back({{"size", std::to_string(dim)}});
  return {{"dim", list}};
}

struct JsonWriter {
  Json operator()(bool value) const { return {{"b", value}}; }
  Json operator()(int64_t value) const { return {{"i", std::to_string(value)}}; }
  Json operator()(double value) const { return {{"f", value}}; }
  Json operator()(const std::string& value) const { return {{"s", Base64(value)}}; }
  Json operator()(TfType value) const { return {{"type", TfTypeName(value)}}; }
  Json operator()(const TfShape& value) const {
    return {{"shape", value.unknown_rank ? Json{{"unknownRank", true}} : ShapeJson(value.dims)}};
  }
  Json operator()(const TfTensor& value) const {
    return {{"tensor", {{"dtype", TfTypeName(value.type)}, {"tensorShape", ShapeJson(value.shape)}}}};
  }
  Json operator()(const std::vector<int64_t>& value) const {
    Json list = Json::array();
    for (const int64_t element : value) list.push_back(std::to_string(element));
    return {{"list", {{"i", list}}}};
  }
  Json operator()(const std::vector<std::string>& value) const {
    Json list = Json::array();
    for (const std::string& element : value) list.push_back(Base64(element));
    return {{"list", {{"s", list}}}};
  }
};

template <class T>
void AppendBytes(const std::vector<T>& values, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

}  // namespace

TestModel& TestModel::Add(std::string name, std::string op, const std::vector<std::string>& inputs, TestAttrs attrs) {
  TfNode node;
  node.name = std::move(name);
  node.op = std::move(op);
  for (const std::string& input : inputs) node.inputs.push_back(ParseInput(input).value());
  for (const auto& [key, value] : attrs) node.attrs.emplace(key, value);
  model_.nodes.push_back(std::move(node));
  return *this;
}

TestModel& TestModel::Placeholder(std::string name, ir::Shape shape) {
  return Add(std::move(name), "Placeholder", {},
             {{"dtype", TfType::kFloat}, {"shape", TfShape{false, std::move(shape)}}});
}

TestModel& TestModel::Floats(std::string name, ir::Shape shape, std::vector<float> values) {
  TfTensor tensor;
  tensor.type = TfType::kFloat;
  tensor.shape = std::move(shape);
  tensor.floats = std::move(values);
  return Add(std::move(name), "Const", {}, {{"value", std::move(tensor)}, {"dtype", TfType::kFloat}});
}

TestModel& TestModel::Ints(std::string name, ir::Shape shape, std::vector<int64_t> values) {
  TfTensor tensor;
  tensor.type = TfType::kInt32;
  tensor.shape = std::move(shape);
  tensor.ints = std::move(values);
  return Add(std::move(name), "Const", {}, {{"value", std::move(tensor)}, {"dtype", TfType::kInt32}});
}

TestModel& TestModel::Conv(std::string name, std::string x, std::string kernel, int64_t stride, std::string padding) {
  return Add(std::move(name), "Conv2D", {std::move(x), std::move(kernel)},
             {{"strides", std::vector<int64_t>{1, stride, stride, 1}}, {"padding", std::move(padding)}});
}

TfNode& TestModel::node(std::string_view name) { return *std::ranges::find(model_.nodes, name, &TfNode::name); }

TestModel& TestModel::Reverse() {
  std::ranges::reverse(model_.nodes);
  return *this;
}

std::string TestModel::GraphDef() const { return WriteGraphDef(model_).value(); }

namespace {

// Seeded weights in He's scale, so that activations keep their size.
std::vector<float> Weights(const ir::Shape& shape, uint32_t seed) {
  size_t count = 1;
  for (const int64_t size : shape) count *= static_cast<size_t>(size);
  const bool depthwise = shape.size() == 4 && shape[3] == 1;
  const double terms = shape.size() == 4 ? static_cast<double>(shape[0] * shape[1] * (depthwise ? 1 : shape[2])) : 4;
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& value : values) {
    value = static_cast<float>((static_cast<double>(random()) * 0x1p-31 - 1) * std::sqrt(6 / terms));
  }
  return values;
}

// A convolution with bias and ReLU.
void AddLayer(TestModel& model, const std::string& name, const std::string& x, const ir::Shape& kernel, int64_t stride,
              bool relu, uint32_t seed) {
  model.Floats(name + "/weights", kernel, Weights(kernel, seed));
  model.Conv(name + "/Conv2D", x, name + "/weights", stride);
  model.Floats(name + "/biases", {kernel[3]}, Weights({kernel[3]}, seed + 1));
  model.Add(relu ? name + "/BiasAdd" : name, "BiasAdd", {name + "/Conv2D", name + "/biases"});
  if (relu) model.Add(name, "Relu", {name + "/BiasAdd"});
}

}  // namespace

TestModel PoseNetwork() {
  TestModel model;
  model.Placeholder("image", {-1, -1, -1, 3});
  model.Floats("preprocess/scale", {}, {255.0f}).Add("preprocess_divide", "RealDiv", {"image", "preprocess/scale"});
  model.Floats("preprocess/half", {}, {0.5f})
      .Add("preprocess_subtract", "Sub", {"preprocess_divide", "preprocess/half"});
  AddLayer(model, "conv1", "preprocess_subtract", {3, 3, 3, 8}, 2, true, 1);
  model.Floats("dw/weights", {3, 3, 8, 1}, Weights({3, 3, 8, 1}, 3));
  model.Add("dw", "DepthwiseConv2dNative", {"conv1", "dw/weights"},
            {{"strides", std::vector<int64_t>{1, 2, 2, 1}}, {"padding", std::string("SAME")}});
  AddLayer(model, "pw", "dw", {1, 1, 8, 20}, 1, true, 4);
  model.Floats("bn/gamma", {20}, std::vector<float>(20, 1.0f))
      .Floats("bn/beta", {20}, std::vector<float>(20, 0.25f))
      .Floats("bn/none", {0}, {});
  model.Add("bn", "FusedBatchNorm", {"pw", "bn/gamma", "bn/beta", "bn/none", "bn/none"},
            {{"epsilon", 0.0009765625}, {"is_training", true}});
  AddLayer(model, "features", "bn", {3, 3, 20, 24}, 2, true, 6);
  AddLayer(model, "stage1_L1", "features", {1, 1, 24, 38}, 1, false, 8);
  AddLayer(model, "stage1_L2", "features", {1, 1, 24, 19}, 1, false, 10);
  model.Ints("axis", {}, {3}).Add("stage2_concat", "ConcatV2", {"stage1_L1", "stage1_L2", "features", "axis"});
  AddLayer(model, "stage2_L1", "stage2_concat", {3, 3, 81, 38}, 1, false, 12);
  AddLayer(model, "stage2_L2", "stage2_concat", {3, 3, 81, 19}, 1, false, 14);
  model.Add("Openpose/concat_stage7", "ConcatV2", {"stage2_L2", "stage2_L1", "axis"});
  return model;
}

TestModel SmallNetwork() {
  const std::vector<int64_t> two = {1, 2, 2, 1};
  TestModel model;
  model.Placeholder("image", {-1, -1, -1, 3})
      .Floats("conv/weights", {3, 3, 3, 4}, {std::vector<float>(108, 0.5f)})
      .Conv("conv/Conv2D", "image:0", "conv/weights", 2)
      .Floats("conv/bias", {4}, {1, 2, 3, 4})
      .Add("conv/BiasAdd", "BiasAdd", {"conv/Conv2D", "conv/bias", "^init"})
      .Add("init", "NoOp", {})
      .Add("relu", "Relu", {"conv/BiasAdd"})
      .Add("pool", "MaxPool", {"relu"},
           {{"ksize", two}, {"strides", std::vector<int64_t>{1, 1, 1, 1}}, {"padding", std::string("SAME")}})
      .Floats("dw/weights", {3, 3, 4, 1}, std::vector<float>(36, 0.25f))
      .Add("dw", "DepthwiseConv2dNative", {"pool", "dw/weights"},
           {{"strides", std::vector<int64_t>{1, 1, 1, 1}}, {"padding", std::string("SAME")}})
      .Floats("bn/gamma", {4}, {1, 1, 1, 2})
      .Floats("bn/beta", {4}, {0, 0, 0, 1})
      .Floats("bn/none", {0}, {})
      .Add("bn", "FusedBatchNorm", {"dw", "bn/gamma", "bn/beta", "bn/none", "bn/none"},
           {{"epsilon", 0.0009765625}, {"is_training", true}})
      .Ints("axis", {}, {-1})
      .Add("joined", "ConcatV2", {"bn", "pool", "axis"});
  return model;
}

TfjsFiles WriteTfjs(const TestModel& test) {
  TfjsFiles files;
  Json nodes = Json::array(), weights = Json::array();
  for (const TfNode& node : test.model().nodes) {
    Json json = {{"name", node.name}, {"op", node.op}};
    for (const TfInput& input : node.inputs) json["input"].push_back(Spelled(input));
    for (const auto& [key, value] : node.attrs) json["attr"][key] = std::visit(JsonWriter(), value);
    nodes.push_back(json);
    const auto value = node.attrs.find("value");
    if (value == node.attrs.end()) continue;
    const TfTensor& tensor = std::get<TfTensor>(value->second);
    Json shape = Json::array();
    for (const int64_t dim : tensor.shape) shape.push_back(dim);
    weights.push_back(
        {{"name", node.name}, {"shape", shape}, {"dtype", tensor.type == TfType::kFloat ? "float32" : "int32"}});
    AppendBytes(tensor.floats, files.shard);
    AppendBytes(std::vector<int32_t>(tensor.ints.begin(), tensor.ints.end()), files.shard);
  }
  const Json manifest = {{{"paths", {"group1-shard1of1"}}, {"weights", weights}}};
  files.json =
      Json{{"modelTopology", {{"node", nodes}, {"versions", Json::object()}}}, {"weightsManifest", manifest}}.dump();
  return files;
}

}  // namespace sinew::import
