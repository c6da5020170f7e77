// The published networks import whole.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/file.h"
#include "compiler/import/import.h"
#include "compiler/synth/openpose.h"

namespace sinew::import {
namespace {

// "name op shape <- inputs" of every operation, sorted: files list parallel branches in other orders.
std::set<std::string> Operations(const ir::Graph& graph) {
  std::set<std::string> lines;
  for (const ir::Node& node : graph.nodes()) {
    std::string line = node.name + " " + std::string(ir::OpInfoFor(node.op).name) + " " + ir::ToString(node.shape);
    for (const ir::NodeId input : node.inputs) line += " " + graph.node(input).name;
    lines.insert(line);
  }
  return lines;
}

std::map<ir::OpKind, int> CountOps(const ir::Graph& graph) {
  std::map<ir::OpKind, int> counts;
  for (const ir::Node& node : graph.nodes()) ++counts[node.op];
  return counts;
}

TEST(ImportGolden, MobilenetV2Small) {
  const std::filesystem::path file = std::filesystem::path(SINEW_SHARED_DIR) / "models/mobilenet_v2_small/graph_opt.pb";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
  Result<ImportedModel> model = ImportModel(file);
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model->report.format, "TensorFlow frozen graph");
  EXPECT_EQ(model->report.nodes_read, 916);
  std::map<ir::OpKind, int> counts = CountOps(model->graph);
  EXPECT_EQ(counts[ir::OpKind::kConv2d], 86);
  EXPECT_EQ(counts[ir::OpKind::kDepthwiseConv2d], 73);
  EXPECT_EQ(counts[ir::OpKind::kBatchNorm], 99);
  EXPECT_EQ(counts[ir::OpKind::kRelu], 48);
  EXPECT_EQ(counts[ir::OpKind::kRelu6], 26);
  EXPECT_EQ(counts[ir::OpKind::kConcat], 7);
  EXPECT_EQ(counts[ir::OpKind::kResizeBilinear], 1);
  int picture_statistics = 0;
  for (const ir::Node& node : model->graph.nodes()) {
    picture_statistics += node.op == ir::OpKind::kBatchNorm && node.inputs.size() == 3;
  }
  EXPECT_EQ(picture_statistics, 39);
  ASSERT_EQ(model->graph.outputs().size(), 1u);
  EXPECT_EQ(model->graph.outputs()[0].name, "Openpose/concat_stage7");
  const Result<ir::Graph> bound = ir::BindInput(model->graph, 1, 368, 432);
  ASSERT_TRUE(bound.ok()) << bound.status().message();
  EXPECT_EQ(bound->node(bound->outputs()[0].node).shape, (ir::Shape{1, 46, 54, 57}));
}

TEST(ImportGolden, MobilenetThin) {
  const char* folder = std::getenv("SINEW_MODELS");
  const std::filesystem::path file = std::filesystem::path(folder ? folder : "") / "mobilenet_thin/model.json";
  if (!folder || !std::filesystem::exists(file)) GTEST_SKIP() << "no mobilenet_thin in SINEW_MODELS";
  Result<ImportedModel> model = ImportModel(file.parent_path());
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model->report.format, "TensorFlow.js graph model");
  EXPECT_EQ(model->report.nodes_read, 500);
  std::map<ir::OpKind, int> counts = CountOps(model->graph);
  EXPECT_EQ(counts[ir::OpKind::kConv2d], 72);
  EXPECT_EQ(counts[ir::OpKind::kDepthwiseConv2d], 71);
  EXPECT_EQ(counts[ir::OpKind::kAdd], 72);
  EXPECT_EQ(counts[ir::OpKind::kRelu], 60);
  EXPECT_EQ(counts[ir::OpKind::kConcat], 7);
  const Result<ir::Graph> bound = ir::BindInput(model->graph, 1, 368, 656);
  ASSERT_TRUE(bound.ok()) << bound.status().message();
  EXPECT_EQ(bound->node(bound->outputs()[0].node).shape, (ir::Shape{1, 46, 82, 57}));
}

// The networks that OpenPose publishes are those that are made up for measurements, layer by layer and blob by blob.
TEST(ImportGolden, OpenPosePrototxt) {
  const std::filesystem::path folder = std::filesystem::path(SINEW_SHARED_DIR) / "reference/caffe";
  struct Published {
    const char* file;
    Result<synth::CaffeFiles> (*make)(uint64_t seed);
  };
  for (const auto& [file, make] : {Published{"pose_body_25_pose_deploy.prototxt", synth::OpenPoseBody25},
                                   Published{"pose_coco_pose_deploy_linevec.prototxt", synth::OpenPoseCoco},
                                   Published{"pose_mpi_pose_deploy_linevec.prototxt", synth::OpenPoseMpi}}) {
    if (!std::filesystem::exists(folder / file)) GTEST_SKIP() << folder / file << " is not there";
    const synth::CaffeFiles made = make(1).value();
    const auto ours = ImportCaffe(made.prototxt, made.caffemodel, "made up");
    const auto published = ImportCaffe(ReadFile(folder / file).value(), made.caffemodel, file);
    ASSERT_TRUE(ours.ok()) << ours.status().message();
    ASSERT_TRUE(published.ok()) << published.status().message();
    EXPECT_EQ(Operations(published->graph), Operations(ours->graph)) << file;
  }
}

}  // namespace
}  // namespace sinew::import
