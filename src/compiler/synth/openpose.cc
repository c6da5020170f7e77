// The layers of the networks, one after another, under OpenPose's names.
#include "compiler/synth/openpose.h"

#include <utility>
#include <vector>

#include "compiler/import/caffe/caffe_writer.h"
#include "compiler/synth/seeded.h"

namespace sinew::synth {
namespace {

constexpr double kSlope = 0.25;  // where PReLU starts in training
constexpr double kSlopeScale = 0.05;
constexpr int64_t kStageWidth = 128;

struct Blob {
  std::string name;
  int64_t channels;
};

class NetBuilder {
 public:
  NetBuilder(const std::string& name, uint64_t seed) : writer_(name), weights_(seed) { writer_.Input("image", 3); }

  // A convolution that keeps the size; `slope` is what the activation after it leaves of negative values.
  Blob Convolution(const std::string& name, const Blob& in, int64_t size, int64_t out, double slope = 1) {
    const int64_t fan_in = size * size * in.channels;
    // Two statements: the order of arguments is up to the compiler.
    const std::vector<float> kernel = weights_.Kernel(fan_in * out, fan_in, slope);
    const std::vector<float> bias = weights_.Biases(out);
    writer_.Convolution(name, in.name, {.size = size, .pad = size / 2}, in.channels, out, kernel, bias);
    return {name, out};
  }

  // "conv4_1" is followed by "relu4_1", "Mconv1_stage2_L1" by "Mrelu1_stage2_L1".
  Blob Relu(const std::string& name, const Blob& in, int64_t size, int64_t out) {
    const Blob result = Convolution(name, in, size, out, 0);
    writer_.Relu(WithActivation(name, "relu"), name);
    return result;
  }
  Blob Prelu(const std::string& name, const Blob& in, int64_t size, int64_t out) {
    const Blob result = Convolution(name, in, size, out, kSlope);
    std::vector<float> slopes = weights_.Normal(out, kSlopeScale);
    for (float& slope : slopes) slope += static_cast<float>(kSlope);
    writer_.Prelu(WithActivation(name, "prelu"), name, slopes);
    return result;
  }

  Blob Pool(const std::string& name, const Blob& in) {
    writer_.MaxPool(name, in.name, {.size = 2, .stride = 2});
    return {name, in.channels};
  }

  Blob Concat(const std::string& name, const std::vector<Blob>& in, const std::string& top) {
    Blob result = {top, 0};
    std::vector<std::string> bottoms;
    for (const Blob& blob : in) {
      bottoms.push_back(blob.name);
      result.channels += blob.channels;
    }
    writer_.Concat(name, bottoms, top);
    return result;
  }
  Blob Concat(const std::string& name, const std::vector<Blob>& in) { return Concat(name, in, name); }

  Result<CaffeFiles> Write() const {
    CaffeFiles files;
    Result<std::string> text = writer_.Text(), weights = writer_.Weights();
    if (!text.ok()) return text.status();
    if (!weights.ok()) return weights.status();
    return CaffeFiles{*std::move(text), *std::move(weights)};
  }

 private:
  static std::string WithActivation(std::string name, const std::string& activation) {
    return name.replace(name.find("conv"), 4, activation);
  }

  import::CaffeWriter writer_;
  SeededWeights weights_;
};

// VGG-19 up to conv4_1.
Blob Vgg(NetBuilder& b) {
  Blob x = b.Relu("conv1_1", {"image", 3}, 3, 64);
  x = b.Pool("pool1_stage1", b.Relu("conv1_2", x, 3, 64));
  x = b.Relu("conv2_1", x, 3, 128);
  x = b.Pool("pool2_stage1", b.Relu("conv2_2", x, 3, 128));
  for (const char* name : {"conv3_1", "conv3_2", "conv3_3", "conv3_4"}) x = b.Relu(name, x, 3, 256);
  return b.Relu("conv4_1", b.Pool("pool3_stage1", x), 3, 512);
}

// Five blocks of three 3x3 layers whose results are joined, and two 1x1 layers.
Blob DenseStage(NetBuilder& b, const Blob& input, const std::string& suffix, int64_t width, int64_t last_width,
                int64_t outputs) {
  Blob x = input;
  for (int block = 1; block <= 5; ++block) {
    const std::string name = "Mconv" + std::to_string(block) + "_" + suffix;
    std::vector<Blob> layers;
    for (int i = 0; i < 3; ++i) {
      x = b.Prelu(name + "_" + std::to_string(i), x, 3, width);
      layers.push_back(x);
    }
    x = b.Concat(name + "_concat", layers);
  }
  x = b.Prelu("Mconv6_" + suffix, x, 1, last_width);
  return b.Convolution("Mconv7_" + suffix, x, 1, outputs);
}

// Stage 1 of COCO and MPI: three 3x3 layers and two 1x1.
Blob FirstBranch(NetBuilder& b, const Blob& features, const std::string& suffix, int64_t outputs) {
  Blob x = features;
  for (const char* name : {"conv5_1_CPM_", "conv5_2_CPM_", "conv5_3_CPM_"})
    x = b.Relu(name + suffix, x, 3, kStageWidth);
  x = b.Relu("conv5_4_CPM_" + suffix, x, 1, 512);
  return b.Convolution("conv5_5_CPM_" + suffix, x, 1, outputs);
}

// Their stages 2 to 6: five 7x7 layers and two 1x1.
Blob RefinementBranch(NetBuilder& b, const Blob& input, int stage, const std::string& branch, int64_t outputs) {
  const auto name = [&](int layer) {
    return "Mconv" + std::to_string(layer) + "_stage" + std::to_string(stage) + "_" + branch;
  };
  Blob x = input;
  for (int layer = 1; layer <= 5; ++layer) x = b.Relu(name(layer), x, 7, kStageWidth);
  x = b.Relu(name(6), x, 1, kStageWidth);
  return b.Convolution(name(7), x, 1, outputs);
}

Result<CaffeFiles> TwoBranches(const std::string& name, uint64_t seed, int64_t heat_maps, int64_t fields) {
  constexpr int kLastStage = 6;
  NetBuilder b(name, seed);
  Blob x = b.Relu("conv4_2", Vgg(b), 3, 512);
  x = b.Relu("conv4_3_CPM", x, 3, 256);
  const Blob features = b.Relu("conv4_4_CPM", x, 3, kStageWidth);
  Blob field = FirstBranch(b, features, "L1", fields), heat = FirstBranch(b, features, "L2", heat_maps);
  for (int stage = 2; stage <= kLastStage; ++stage) {
    const Blob joined = b.Concat("concat_stage" + std::to_string(stage), {field, heat, features});
    field = RefinementBranch(b, joined, stage, "L1", fields);
    heat = RefinementBranch(b, joined, stage, "L2", heat_maps);
  }
  b.Concat("concat_stage7", {heat, field}, "net_output");
  return b.Write();
}

}  // namespace

Result<CaffeFiles> OpenPoseBody25(uint64_t seed) {
  constexpr int64_t kHeatMaps = 26, kFields = 52;
  NetBuilder b("OpenPose BODY_25, made-up weights", seed);
  Blob x = b.Prelu("conv4_2", Vgg(b), 3, 512);
  x = b.Prelu("conv4_3_CPM", x, 3, 256);
  const Blob features = b.Prelu("conv4_4_CPM", x, 3, kStageWidth);
  Blob fields = DenseStage(b, features, "stage0_L2", 96, 256, kFields);
  for (const char* stage : {"stage1_L2", "stage2_L2", "stage3_L2"}) {
    const Blob joined = b.Concat(std::string("concat_") + stage, {features, fields});
    fields = DenseStage(b, joined, stage, 128, 512, kFields);
  }
  Blob heat = DenseStage(b, b.Concat("concat_stage0_L1", {features, fields}), "stage0_L1", 96, 256, kHeatMaps);
  heat = DenseStage(b, b.Concat("concat_stage1_L1", {features, heat, fields}), "stage1_L1", 128, 512, kHeatMaps);
  b.Concat("net_output", {heat, fields});
  return b.Write();
}

Result<CaffeFiles> OpenPoseCoco(uint64_t seed) { return TwoBranches("OpenPose COCO, made-up weights", seed, 19, 38); }

Result<CaffeFiles> OpenPoseMpi(uint64_t seed) { return TwoBranches("OpenPose MPI, made-up weights", seed, 16, 28); }

}  // namespace sinew::synth
