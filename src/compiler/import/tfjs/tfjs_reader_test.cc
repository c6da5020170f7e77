// model.json: attribute spellings, manifests, shards.
#include "compiler/import/tfjs/tfjs_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "compiler/import/tensorflow/tf_tensor.h"
#include "compiler/import/tfjs/base64.h"

namespace sinew::import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A model of the given nodes and manifest groups (JSON texts).
std::string Model(std::string_view nodes, std::string_view groups = "") {
  return fmt::format(R"({{"modelTopology": {{"node": [{}]}}, "weightsManifest": [{}]}})", nodes, groups);
}

ShardSource Shards(std::map<std::string, std::string> files) {
  return [files = std::move(files)](const std::string& path, uint64_t max_bytes) -> Result<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return NotFound("{}: no such file", path);
    if (found->second.size() > max_bytes) return TooLarge("{}", path);
    return found->second;
  };
}

std::string ImportError(std::string_view text, std::map<std::string, std::string> files = {}) {
  const Result<TfModel> model = ReadTfjsModel(text, Shards(std::move(files)));
  return model.ok() ? "no error" : model.status().message();
}

constexpr std::string_view kTwoConstants = R"({"name": "a", "op": "Const"}, {"name": "b", "op": "Const"})";

ir::Tensor Value(TfModel& model, size_t node) {
  return TensorDecoder().Decode(std::get<TfTensor>(std::move(model.nodes[node].attrs.at("value")))).value();
}

TEST(ReadTfjsModel, Attributes) {
  const std::string text = Model(R"({"name": "y", "op": "Op", "input": ["x:0", "^c"], "attr": {
      "s": {"s": "U0FNRQ=="}, "i": {"i": "-7"}, "i2": {"i": 8}, "f": {"f": 0.5},
      "inf": {"f": "-Infinity"}, "b": {"b": true}, "t": {"type": "DT_HALF"}, "t2": {"type": 1},
      "odd": {"type": "DT_VARIANT"},
      "l": {"list": {"i": ["1", 2]}}, "e": {"list": {}},
      "ls": {"list": {"s": ["UmVsdQ=="]}}, "shape": {"shape": {"dim": [{"size": "-1"}, {"size": 3}, {}]}},
      "any": {"shape": {"unknownRank": true}}, "func": {"func": {"name": "f"}}, "nothing": {}}})");
  const Result<TfModel> model = ReadTfjsModel(text, Shards({}));
  ASSERT_TRUE(model.ok()) << model.status().message();
  const TfNode& node = model->nodes.at(0);
  EXPECT_TRUE(node.inputs.at(1).control);
  EXPECT_EQ(std::get<std::string>(node.attrs.at("s")), "SAME");
  EXPECT_EQ(std::get<int64_t>(node.attrs.at("i")), -7);
  EXPECT_EQ(std::get<int64_t>(node.attrs.at("i2")), 8);
  EXPECT_EQ(std::get<double>(node.attrs.at("f")), 0.5);
  EXPECT_EQ(std::get<double>(node.attrs.at("inf")), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(std::get<bool>(node.attrs.at("b")), true);
  EXPECT_EQ(std::get<TfType>(node.attrs.at("t")), TfType::kHalf);
  EXPECT_EQ(std::get<TfType>(node.attrs.at("t2")), TfType::kFloat);
  EXPECT_THAT(std::get<std::vector<int64_t>>(node.attrs.at("l")), ElementsAre(1, 2));
  EXPECT_TRUE(std::get<std::vector<int64_t>>(node.attrs.at("e")).empty());
  EXPECT_THAT(std::get<std::vector<std::string>>(node.attrs.at("ls")), ElementsAre("Relu"));
  EXPECT_THAT(std::get<TfShape>(node.attrs.at("shape")).dims, ElementsAre(-1, 3, 0));
  EXPECT_TRUE(std::get<TfShape>(node.attrs.at("any")).unknown_rank);
  for (const char* absent : {"odd", "func", "nothing"}) EXPECT_FALSE(node.attrs.contains(absent)) << absent;
}

TEST(ReadTfjsModel, BadAttributesAreQuoted) {
  const auto error = [](std::string_view attr) {
    return ImportError(Model(fmt::format(R"({{"name": "y", "op": "Op", "attr": {{"k": {}}}}})", attr)));
  };
  EXPECT_THAT(error(R"({"i": "seven"})"), HasSubstr("node \"y\": attribute \"k\": \"seven\" is not an integer"));
  EXPECT_THAT(error(R"({"i": 1.5})"), HasSubstr("1.5 is not an integer"));
  EXPECT_THAT(error(R"({"i": 18446744073709551615})"), HasSubstr("out of range"));
  EXPECT_THAT(error(R"({"s": "U0F?"})"), HasSubstr("is not a string in base64"));
  EXPECT_THAT(error(R"({"b": 1})"), HasSubstr("1 is neither true nor false"));
  EXPECT_THAT(error(R"({"f": "half"})"), HasSubstr("is not a number"));
  EXPECT_THAT(error(R"({"shape": {"dim": 3}})"), HasSubstr("the dimensions of a shape are 3"));
  EXPECT_THAT(error(R"({"list": {"i": 3}})"), HasSubstr("3 is not a list"));
  EXPECT_THAT(error("[]"), HasSubstr("an array is not an attribute value"));
}

TEST(ReadTfjsModel, WeightsRunAcrossShards) {
  const std::string groups = R"({"paths": ["s1", "s2", "s3"], "weights": [
      {"name": "b", "shape": [2], "dtype": "float32"}, {"name": "unused", "shape": [0, 5], "dtype": "int32"},
      {"name": "a", "shape": [], "dtype": "int32"}]})";
  const std::vector<float> floats = {1.5f, -2};
  std::string data(reinterpret_cast<const char*>(floats.data()), 8);
  data += std::string("\x07\0\0\0", 4);
  Result<TfModel> model = ReadTfjsModel(Model(kTwoConstants, groups),
                                        Shards({{"s1", data.substr(0, 3)}, {"s2", ""}, {"s3", data.substr(3)}}));
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(Value(*model, 0), ir::Tensor::Ints({}, {7}));
  EXPECT_EQ(Value(*model, 1), ir::Tensor::Floats({2}, floats));
}

TEST(ReadTfjsModel, QuantisedWeights) {
  const std::string groups = R"({"paths": ["s"], "weights": [
      {"name": "a", "shape": [2], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1}},
      {"name": "b", "shape": [1], "dtype": "float32",
       "quantization": {"dtype": "float16", "original_dtype": "float32"}}]})";
  Result<TfModel> model =
      ReadTfjsModel(Model(kTwoConstants, groups), Shards({{"s", std::string("\x02\xff\x00\x3c", 4)}}));
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_THAT(Value(*model, 0).floats, ElementsAre(0, 126.5f));
  EXPECT_THAT(Value(*model, 1).floats, ElementsAre(1));
}

TEST(ReadTfjsModel, ConstantsInTheTopology) {
  Result<TfModel> model = ReadTfjsModel(Model(R"(
      {"name": "a", "op": "Const", "attr": {"value": {"tensor": {
          "dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": "3"}]}, "floatVal": [0.5]}}}},
      {"name": "b", "op": "Const", "attr": {"value": {"tensor": {
          "dtype": "DT_INT32", "tensorShape": {}, "tensorContent": "AwAAAA=="}}}})"),
                                        Shards({}));
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_THAT(Value(*model, 0).floats, ElementsAre(0.5f, 0.5f, 0.5f));
  EXPECT_EQ(Value(*model, 1), ir::Tensor::Ints({}, {3}));
}

TEST(ReadTfjsModel, BadManifests) {
  const auto error = [](std::string_view groups) { return ImportError(Model(kTwoConstants, groups), {{"s", "1234"}}); };
  const auto weight = [&](std::string_view entry) {
    return error(fmt::format(R"({{"paths": ["s"], "weights": [{}]}})", entry));
  };
  const auto path = [&](std::string_view name) {
    return error(fmt::format(R"({{"paths": ["{}"], "weights": []}})", name));
  };
  EXPECT_THAT(error("3"), HasSubstr("is not an object"));
  EXPECT_THAT(error(R"({"paths": []})"), HasSubstr("no \"weights\""));
  EXPECT_THAT(error(R"({"weights": []})"), HasSubstr("no \"paths\""));
  EXPECT_THAT(path("../s"), HasSubstr("not beside model.json"));
  EXPECT_THAT(path("/etc/passwd"), HasSubstr("not beside model.json"));
  EXPECT_THAT(path("a/../../s"), HasSubstr("not beside model.json"));
  EXPECT_THAT(path("t"), HasSubstr("t: no such file"));
  EXPECT_THAT(weight(R"({"name": "a", "shape": [1], "dtype": "string"})"),
              HasSubstr("weight \"a\" of the manifest: its dtype is \"string\""));
  EXPECT_THAT(weight(R"({"name": "a", "shape": [-1], "dtype": "float32"})"), HasSubstr("not a list of sizes"));
  EXPECT_THAT(weight(R"({"name": "a", "shape": [1e9], "dtype": "float32"})"), HasSubstr("not a list of sizes"));
  EXPECT_THAT(weight(R"({"name": "a", "dtype": "float32"})"), HasSubstr("no \"shape\""));
  EXPECT_THAT(weight(R"({"name": "a", "shape": [9223372036854775807], "dtype": "float32"})"), HasSubstr("too large"));
  EXPECT_THAT(weight(R"({"name": "a", "shape": [1000000000000], "dtype": "float32"})"),
              HasSubstr("the manifest lists 4000000000000"));
  EXPECT_THAT(weight(R"({"name": "a", "shape": [1], "dtype": "float32", "quantization": {"dtype": "uint8"}})"),
              HasSubstr("no \"scale\""));
  EXPECT_THAT(
      weight(R"({"name": "a", "shape": [0], "dtype": "bool"}, {"name": "a", "shape": [1], "dtype": "float32"})"),
      HasSubstr("lists \"a\" twice"));
}

TEST(ReadTfjsModel, ConstantsAndManifestMustAgree) {
  const std::string nodes =
      R"({"name": "a", "op": "Const",
          "attr": {"value": {"tensor": {"dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": "2"}]}}}}})";
  EXPECT_THAT(ImportError(Model(nodes)), HasSubstr("the weights manifest does not list \"a\""));
  EXPECT_THAT(
      ImportError(Model(nodes, R"({"paths": ["s"], "weights": [{"name": "a", "shape": [1], "dtype": "float32"}]})"),
                  {{"s", "1234"}}),
      HasSubstr("node \"a\" has the shape [2], its weight in the manifest [1]"));
}

TEST(ReadTfjsModel, NotAModel) {
  EXPECT_THAT(ImportError("{\"modelTopology\": {\"no"), HasSubstr("not valid JSON: it is cut short, at 22 bytes"));
  EXPECT_THAT(ImportError("{\"modelTopology\": no}"), HasSubstr("not valid JSON at byte 20 of 21"));
  EXPECT_THAT(ImportError("[]"), HasSubstr("the JSON is not an object"));
  EXPECT_THAT(ImportError("{\"modelTopology\": {}}"), HasSubstr("no list of nodes"));
  EXPECT_THAT(ImportError("{\"modelTopology\": {\"node\": []}}"), HasSubstr("without nodes"));
  EXPECT_THAT(ImportError(R"({"modelTopology": {"node": [{"name": "a", "op": "NoOp"}]}})"),
              HasSubstr("no \"weightsManifest\""));
  EXPECT_THAT(ImportError(Model("3")), HasSubstr("a node is not an object"));
  EXPECT_THAT(ImportError(Model(R"({"op": "NoOp"})")), HasSubstr("a node has no name"));
  EXPECT_THAT(ImportError(Model(R"({"name": "a"})")), HasSubstr("node \"a\": it has no operation"));
  EXPECT_THAT(ImportError(Model(R"({"name": "a", "op": "NoOp", "input": "x"})")), HasSubstr("its inputs are no list"));
  const std::string deep = std::string(100000, '[');
  EXPECT_THAT(ImportError(deep), HasSubstr("not valid JSON"));
}

TEST(DecodeBase64, Alphabets) {
  EXPECT_EQ(DecodeBase64(""), "");
  EXPECT_EQ(DecodeBase64("U0FNRQ=="), "SAME");
  EXPECT_EQ(DecodeBase64("U0FNRQ"), "SAME");
  EXPECT_EQ(DecodeBase64("-_8="), "\xfb\xff");
  EXPECT_EQ(DecodeBase64("+/8="), "\xfb\xff");
  for (const char* bad : {"A", "AB=C", "A B=", "AAAAA", "===="}) EXPECT_EQ(DecodeBase64(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace sinew::import
