// The binary form: every value field, fields that are skipped, damage.
#include "compiler/import/tensorflow/graphdef_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/import/models_test_util.h"
#include "compiler/import/tensorflow/tf_graph.pb.h"
#include "compiler/import/tensorflow/tf_tensor.h"

namespace sinew::import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Field(char tag, const std::string& payload) {
  return std::string{tag, static_cast<char>(payload.size())} + payload;
}

std::string NodeBytes(const tfproto::NodeDef& node) { return Field('\x0a', node.SerializeAsString()); }

// A Const whose tensor `fill` completes, decoded.
template <class Fill>
ir::Tensor ReadConstant(TfType type, Fill fill) {
  tfproto::NodeDef node;
  node.set_name("c");
  node.set_op("Const");
  tfproto::TensorProto& tensor = *(*node.mutable_attr())["value"].mutable_tensor();
  tensor.set_dtype(static_cast<int32_t>(type));
  tensor.mutable_tensor_shape()->add_dim()->set_size(3);
  fill(tensor);
  TfModel model = ReadGraphDef(NodeBytes(node)).value();
  return TensorDecoder().Decode(std::get<TfTensor>(std::move(model.nodes[0].attrs.at("value")))).value();
}

TEST(ReadGraphDef, EveryValueField) {
  const auto floats = [](TfType type, auto fill) { return ReadConstant(type, fill).floats; };
  const auto ints = [](TfType type, auto fill) { return ReadConstant(type, fill).ints; };
  EXPECT_THAT(floats(TfType::kFloat, [](auto& t) { t.add_float_val(1.5f); }), ElementsAre(1.5f, 1.5f, 1.5f));
  EXPECT_THAT(floats(TfType::kDouble, [](auto& t) { t.add_double_val(2.5); }), ElementsAre(2.5f, 2.5f, 2.5f));
  EXPECT_THAT(floats(TfType::kHalf,
                     [](auto& t) {
                       t.add_half_val(0x3c00);
                       t.add_half_val(0xc000);
                     }),
              ElementsAre(1, -2, -2));
  EXPECT_THAT(floats(TfType::kBfloat16, [](auto& t) { t.add_half_val(0x4040); }), ElementsAre(3, 3, 3));
  EXPECT_THAT(ints(TfType::kInt32,
                   [](auto& t) {
                     t.add_int_val(-4);
                     t.add_int_val(5);
                   }),
              ElementsAre(-4, 5, 5));
  EXPECT_THAT(ints(TfType::kInt64, [](auto& t) { t.add_int64_val(INT64_MAX); }),
              ElementsAre(INT64_MAX, INT64_MAX, INT64_MAX));
  EXPECT_THAT(ints(TfType::kBool, [](auto& t) { t.add_bool_val(true); }), ElementsAre(1, 1, 1));
  EXPECT_THAT(ints(TfType::kUint32, [](auto& t) { t.add_uint32_val(UINT32_MAX); }), testing::Each(int64_t{UINT32_MAX}));
  EXPECT_THAT(ints(TfType::kUint64, [](auto& t) { t.add_uint64_val(9); }), ElementsAre(9, 9, 9));
  EXPECT_THAT(ints(TfType::kInt8, [](auto& t) { t.set_tensor_content("\x01\x02\xff"); }), ElementsAre(1, 2, -1));
}

TEST(ReadGraphDef, InputsAndAttributes) {
  TestModel source;
  source.Add("y", "Op", {"image:0", "bn:2", "^init"},
             {{"b", true},
              {"i", int64_t{-3}},
              {"f", 0.5},
              {"s", std::string("NHWC")},
              {"t", TfType::kHalf},
              {"l", std::vector<int64_t>{1, 2}},
              {"ls", std::vector<std::string>{"a", "b"}},
              {"shape", TfShape{false, {-1, 3}}},
              {"any", TfShape{true, {}}}});
  const TfModel model = ReadGraphDef(source.GraphDef()).value();
  const TfNode& node = model.nodes.at(0);
  EXPECT_EQ(node.op, "Op");
  ASSERT_EQ(node.inputs.size(), 3u);
  EXPECT_EQ(node.inputs[0].name, "image");
  EXPECT_EQ(node.inputs[1].output, 2);
  EXPECT_TRUE(node.inputs[2].control);
  EXPECT_EQ(node.inputs[2].name, "init");
  EXPECT_EQ(std::get<bool>(node.attrs.at("b")), true);
  EXPECT_EQ(std::get<int64_t>(node.attrs.at("i")), -3);
  EXPECT_EQ(std::get<double>(node.attrs.at("f")), 0.5);
  EXPECT_EQ(std::get<std::string>(node.attrs.at("s")), "NHWC");
  EXPECT_EQ(std::get<TfType>(node.attrs.at("t")), TfType::kHalf);
  EXPECT_THAT(std::get<std::vector<int64_t>>(node.attrs.at("l")), ElementsAre(1, 2));
  EXPECT_THAT(std::get<std::vector<std::string>>(node.attrs.at("ls")), ElementsAre("a", "b"));
  EXPECT_THAT(std::get<TfShape>(node.attrs.at("shape")).dims, ElementsAre(-1, 3));
  EXPECT_TRUE(std::get<TfShape>(node.attrs.at("any")).unknown_rank);
}

TEST(ReadGraphDef, SkipsVersionsAndLibrary) {
  TestModel source;
  source.Placeholder("x", {});
  const std::string node = source.GraphDef();
  const std::string bytes = Field('\x22', "\x08\x15") + node + Field('\x12', "function") + std::string("\x18\x07", 2);
  EXPECT_EQ(ReadGraphDef(bytes).value().nodes.size(), 1u);
}

TEST(ReadGraphDef, DamageIsLocated) {
  const auto error = [](const std::string& bytes) { return ReadGraphDef(bytes).status().message(); };
  TestModel source;
  source.Placeholder("x", {});
  const std::string node = source.GraphDef();
  EXPECT_THAT(error(""), HasSubstr("empty"));
  EXPECT_THAT(error(node + "\x7f"),
              HasSubstr(fmt::format("byte {} of {} does not begin a node", node.size(), node.size() + 1)));
  EXPECT_THAT(error(node + node.substr(0, 5)),
              HasSubstr(fmt::format("what begins at byte {} reaches beyond the end", node.size())));
  EXPECT_THAT(error(node + Field('\x0a', "\xff\xff\xff")), HasSubstr("node 2 at byte"));
  EXPECT_THAT(error("\x0a\xff\xff\xff\xff\x7f"), HasSubstr("reaches beyond the end"));
  EXPECT_THAT(error(Field('\x22', "\x08\x15")), HasSubstr("without nodes"));
}

// A name that is no UTF-8: the message says so, nothing is printed.
TEST(ReadGraphDef, PrintsNothing) {
  testing::internal::CaptureStderr();
  const Status status = ReadGraphDef(Field('\x0a', Field('\x0a', "\xff\xfe"))).status();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_THAT(status.message(), HasSubstr("node 1 at byte 0 cannot be read"));
}

TEST(ReadGraphDef, BadNames) {
  const auto error = [](const std::string& name, const std::string& op, const std::string& input) {
    tfproto::NodeDef node;
    node.set_name(name);
    node.set_op(op);
    node.add_input(input);
    return ReadGraphDef(NodeBytes(node)).status().message();
  };
  EXPECT_THAT(error("", "Op", "x"), HasSubstr("a node has no name"));
  EXPECT_THAT(error("a\nb", "Op", "x"), HasSubstr("\"a?b\" is not a name for a node"));
  EXPECT_THAT(error("^a", "Op", "x"), HasSubstr("is not a name for a node"));
  EXPECT_THAT(error("a:0", "Op", "x"), HasSubstr("is not a name for a node"));
  EXPECT_THAT(error("a", "", "x"), HasSubstr("node \"a\" has no operation"));
  EXPECT_THAT(error("a", "Op", "x:y"), HasSubstr("node \"a\": \"x:y\" is not an input"));
  EXPECT_THAT(error("a", "Op", "x:-1"), HasSubstr("is not an input"));
  EXPECT_THAT(error("a", "Op", "x:99999999999"), HasSubstr("is not an input"));
  EXPECT_THAT(error("a", "Op", ""), HasSubstr("a node has no name"));
}

}  // namespace
}  // namespace sinew::import
