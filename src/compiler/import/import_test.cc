// Whole imports: both formats, files and folders, what is refused and how.
#include "compiler/import/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "compiler/import/caffe/caffe_cases_test_util.h"
#include "compiler/import/models_test_util.h"
#include "compiler/ir/text.h"

namespace sinew::import {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

class ImportTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("import_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path Write(std::string_view name, std::string_view content) {
    EXPECT_TRUE(WriteFile(folder_ / name, content).ok());
    return folder_ / name;
  }
  void WriteModel(const TestModel& model) {
    const TfjsFiles files = WriteTfjs(model);
    Write("model.json", files.json);
    Write("group1-shard1of1", files.shard);
  }
  std::string ImportError(const std::filesystem::path& path) {
    const Result<ImportedModel> model = ImportModel(path);
    EXPECT_FALSE(model.ok());
    EXPECT_THAT(model.status().message(), StartsWith(path.string()));
    return model.status().message();
  }

  std::filesystem::path folder_;
};

TEST_F(ImportTest, SmallGraphDef) {
  const Result<ImportedModel> model = ImportModel(Write("graph.pb", SmallNetwork().GraphDef()));
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(ir::PrintGraph(model->graph), R"(%0 = input "image" : f32[?,?,?,3]
%1 = const "conv/weights" {splat 0.5} : f32[3,3,3,4]
%2 = conv2d "conv/Conv2D" (%0, %1) {strides=[2,2], padding=same} : f32[?,?,?,4]
%3 = const "conv/bias" {1, 2, 3, 4} : f32[4]
%4 = add "conv/BiasAdd" (%2, %3) : f32[?,?,?,4]
%5 = relu "relu" (%4) : f32[?,?,?,4]
%6 = max_pool "pool" (%5) {window=[2,2], padding=same} : f32[?,?,?,4]
%7 = const "dw/weights" {splat 0.25} : f32[3,3,4,1]
%8 = depthwise_conv2d "dw" (%6, %7) {padding=same} : f32[?,?,?,4]
%9 = const "bn/gamma" {1, 1, 1, 2} : f32[4]
%10 = const "bn/beta" {0, 0, 0, 1} : f32[4]
%11 = batch_norm "bn" (%8, %9, %10) {epsilon=0.0009765625} : f32[?,?,?,4]
%12 = concat "joined" (%11, %6) {axis=3} : f32[?,?,?,8]
output "joined" = %12
)");
  EXPECT_EQ(model->report.nodes_read, 16);
  EXPECT_THAT(model->report.left_out, Contains("init (NoOp): the outputs do not need it"));
  EXPECT_THAT(model->report.left_out, Contains("bn/none (Const): its value does not matter where it is read"));
  EXPECT_THAT(model->report.left_out, Contains("axis (Const): turned into an attribute"));
  EXPECT_THAT(model->report.left_out, Contains(StartsWith("1 control inputs")));
}

TEST_F(ImportTest, SameGraphFromBothFormatsAndAnyOrder) {
  const Result<ImportedModel> graphdef = ImportGraphDef(SmallNetwork().GraphDef(), "graph");
  ASSERT_TRUE(graphdef.ok()) << graphdef.status().message();
  WriteModel(SmallNetwork().Reverse());
  for (const std::filesystem::path& path : {folder_, folder_ / "model.json"}) {
    const Result<ImportedModel> tfjs = ImportModel(path);
    ASSERT_TRUE(tfjs.ok()) << tfjs.status().message();
    EXPECT_EQ(tfjs->report.format, "TensorFlow.js graph model");
    EXPECT_EQ(ir::PrintGraph(tfjs->graph), ir::PrintGraph(graphdef->graph));
    EXPECT_EQ(tfjs->report.left_out, graphdef->report.left_out);
  }
}

TEST_F(ImportTest, ContentDecidesNotTheExtension) {
  EXPECT_TRUE(ImportModel(Write("graph.json", SmallNetwork().GraphDef())).ok());
  Write("group1-shard1of1", WriteTfjs(SmallNetwork()).shard);
  EXPECT_TRUE(ImportModel(Write("model.pb", WriteTfjs(SmallNetwork()).json)).ok());
}

// A GraphDef whose first bytes read as the beginning of a JSON text.
TEST_F(ImportTest, GraphDefThatBeginsLikeJson) {
  const std::string name(34, 'n');  // the byte '"'
  for (size_t padding = 0; padding < 200; ++padding) {
    TestModel candidate;
    candidate.Placeholder(name, {1, 8, 8, 3});
    candidate.node(name).attrs.emplace("x", std::string(padding, 'x'));
    candidate.Add("y", "Relu", {name});
    const std::string bytes = candidate.GraphDef();
    if (!bytes.starts_with("\n{\n\"")) continue;
    EXPECT_TRUE(ImportModel(Write("graph.pb", bytes)).ok());
    return;
  }
  FAIL() << "no padding gave the bytes";
}

TEST_F(ImportTest, ForeignFilesAreNamed) {
  const auto foreign = [&](std::string_view content) { return ImportError(Write("file", content)); };
  EXPECT_THAT(foreign("node {\n  name: \"x\"\n}\n"), HasSubstr("text form (.pbtxt)"));
  EXPECT_THAT(foreign("# comment\nnode{"), HasSubstr("text form (.pbtxt)"));
  EXPECT_THAT(foreign("\x89HDF\r\n\x1a\n..."), HasSubstr("HDF5"));
  EXPECT_THAT(foreign(std::string_view("\x08\x01\x12\x05....", 8)), HasSubstr("SavedModel"));
  EXPECT_THAT(foreign(std::string_view("\x08\x06\x12\x07pytorch", 11)), HasSubstr("ONNX"));
  EXPECT_THAT(foreign("name: \"VGG\"\nlayer {"), HasSubstr("Caffe network without its weights"));
  EXPECT_THAT(foreign(std::string_view("\x1c\0\0\0TFL3....", 12)), HasSubstr("TensorFlow Lite"));
  EXPECT_THAT(foreign("PK\x03\x04...."), HasSubstr("zip"));
  EXPECT_THAT(foreign("\xff\xd8\xff\xe0 a picture"), HasSubstr("not a frozen TensorFlow graph"));
  EXPECT_THAT(foreign(""), HasSubstr("empty"));
  EXPECT_THAT(foreign("{}"), HasSubstr("modelTopology"));
  EXPECT_THAT(foreign(R"({"format": "layers-model", "modelTopology": {}})"), HasSubstr("layers model"));
}

TEST_F(ImportTest, CaffeModelsFindTheirNetwork) {
  const CaffeCase test = CaffeCases()[0];
  const auto weights = Write("a.caffemodel", test.caffemodel);
  EXPECT_THAT(ImportError(weights), AllOf(HasSubstr("a.prototxt is not there"), HasSubstr("--prototxt")));
  const auto other = Write("deploy.prototxt", test.prototxt);
  const Result<ImportedModel> only = ImportModel(weights);  // the only one there
  ASSERT_TRUE(only.ok()) << only.status().message();
  EXPECT_EQ(only->framework, Framework::kCaffe);
  EXPECT_EQ(only->report.format, "Caffe model");
  Write("train.prototxt", "layer {");
  EXPECT_THAT(ImportError(weights), HasSubstr("and 2 other .prototxt files are"));
  ImportOptions named;
  named.prototxt = other;
  EXPECT_TRUE(ImportModel(weights, named).ok());
  Write("a.prototxt", "layer {");
  EXPECT_THAT(ImportError(weights), HasSubstr("a.prototxt: not a network in Caffe's text form: line 1"));
  EXPECT_THAT(ImportModel(Write("graph.pb", SmallNetwork().GraphDef()), named).status().message(),
              HasSubstr("not a .caffemodel"));
}

TEST_F(ImportTest, Folders) {
  EXPECT_THAT(ImportError(folder_), HasSubstr("without a model.json"));
  Write("saved_model.pb", std::string_view("\x08\x01\x12\x05.....", 9));
  EXPECT_THAT(ImportError(folder_), HasSubstr("SavedModel"));
  EXPECT_FALSE(ImportModel(folder_ / "absent.pb").ok());
}

TEST_F(ImportTest, MissingAndWrongShards) {
  const TfjsFiles files = WriteTfjs(SmallNetwork());
  Write("model.json", files.json);
  EXPECT_THAT(ImportError(folder_ / "model.json"), HasSubstr("group1-shard1of1"));
  Write("group1-shard1of1", files.shard.substr(1));
  EXPECT_THAT(ImportError(folder_ / "model.json"), AllOf(HasSubstr("have 627 bytes, but the manifest lists 628"),
                                                         HasSubstr("\"group1-shard1of1\" is cut short")));
  Write("group1-shard1of1", files.shard + "x");
  EXPECT_THAT(ImportError(folder_ / "model.json"), HasSubstr("longer than the 628 bytes that the manifest lists"));
}

// Cut anywhere, a graph is refused with a message: it never imports as something else, and never crashes.
TEST_F(ImportTest, EveryTruncationIsRefused) {
  const std::string graphdef = SmallNetwork().GraphDef();
  ImportOptions options;
  options.outputs = {"joined"};
  for (size_t length = 0; length < graphdef.size(); ++length) {
    const Result<ImportedModel> model = ImportGraphDef(std::string_view(graphdef).substr(0, length), "g", options);
    ASSERT_FALSE(model.ok()) << length;
    EXPECT_THAT(model.status().message(), StartsWith("g: "));
  }
  const TfjsFiles files = WriteTfjs(SmallNetwork());
  Write("group1-shard1of1", files.shard);
  for (size_t length = 1; length < files.json.size(); length += 17) {
    EXPECT_THAT(ImportError(Write("model.json", files.json.substr(0, length))),
                HasSubstr("not valid JSON: it is cut short"));
  }
}

TEST_F(ImportTest, ChosenOutputs) {
  ImportOptions options;
  options.outputs = {"relu:0", "pool"};
  const Result<ImportedModel> model = ImportGraphDef(SmallNetwork().GraphDef(), "g", options);
  ASSERT_TRUE(model.ok()) << model.status().message();
  ASSERT_EQ(model->graph.outputs().size(), 2u);
  EXPECT_EQ(model->graph.outputs()[0].name, "relu");
  EXPECT_THAT(model->report.left_out, Contains("joined (ConcatV2): the outputs do not need it"));
  options.outputs = {"absent"};
  const Status absent = ImportGraphDef(SmallNetwork().GraphDef(), "g", options).status();
  EXPECT_EQ(absent.code(), StatusCode::kNotFound);
  EXPECT_THAT(absent.message(), HasSubstr("no node \"absent\" to take as output; nothing reads \"joined\""));
  options.outputs = {"relu:1"};
  EXPECT_EQ(ImportGraphDef(SmallNetwork().GraphDef(), "g", options).status().code(), StatusCode::kUnsupported);
}

}  // namespace
}  // namespace sinew::import
