// The networks as text.
#include "compiler/import/caffe/caffe_cases_test_util.h"

#include <random>

#include "compiler/import/caffe/caffe.pb.h"

namespace sinew::import {
namespace {

constexpr const char* kInput = R"(name: "case"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 13 dim: 11 } } }
)";

std::vector<float> Seeded(int64_t count, bool positive, std::mt19937* random) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) {
    value = static_cast<float>((*random)() % 2001) / 1000.0f - 1.0f;
    if (positive) value = 0.25f + value * value;
  }
  return values;
}

template <class Layer>
void Fill(const TestBlobs& blobs, CaffeAge age, std::mt19937* random, Layer* layer) {
  layer->set_name(blobs.layer);
  for (const ir::Shape& shape : blobs.shapes) {
    caffeproto::BlobProto* blob = layer->add_blobs();
    if (age == CaffeAge::kOld) {
      ir::Shape four(4, 1);
      std::copy(shape.begin(), shape.end(), four.begin() + static_cast<ptrdiff_t>(4 - shape.size()));
      blob->set_num(four[0]);
      blob->set_channels(four[1]);
      blob->set_height(four[2]);
      blob->set_width(four[3]);
    } else {
      for (const int64_t dim : shape) blob->mutable_shape()->add_dim(dim);
    }
    const bool is_first = layer->blobs_size() == 1;
    const std::vector<float> values = is_first && !blobs.values.empty()
                                          ? blobs.values
                                          : Seeded(ir::ElementCount(shape).value(), blobs.positive, random);
    blob->mutable_data()->Add(values.begin(), values.end());
  }
}

}  // namespace

std::string CaffeModelBytes(const std::vector<TestBlobs>& blobs, CaffeAge age) {
  std::mt19937 random(5);
  caffeproto::NetParameter net;
  net.set_name("case");
  for (const TestBlobs& each : blobs) {
    if (age == CaffeAge::kOld) {
      Fill(each, age, &random, net.add_layers());
    } else {
      Fill(each, age, &random, net.add_layer());
    }
  }
  return net.SerializeAsString();
}

std::vector<CaffeCase> CaffeCases() {
  std::vector<CaffeCase> cases;
  const auto add = [&](const char* name, const std::string& layers, const std::vector<TestBlobs>& blobs) {
    // Every network has weights: OpenCV refuses a .caffemodel without any.
    const std::string first = R"(layer { name: "first" type: "Convolution" bottom: "data" top: "first"
  convolution_param { num_output: 4 kernel_size: 1 } }
)";
    std::vector<TestBlobs> all = {{"first", {{4, 3, 1, 1}, {4}}}};
    all.insert(all.end(), blobs.begin(), blobs.end());
    cases.push_back({name, kInput + first + layers, CaffeModelBytes(all)});
  };
  add("convolution", R"(
layer { name: "same" type: "Convolution" bottom: "first" top: "same"
  convolution_param { num_output: 5 kernel_size: 3 pad: 1 } }
layer { name: "strided" type: "Convolution" bottom: "same" top: "strided"
  convolution_param { num_output: 6 kernel_size: 3 pad: 1 stride: 2 bias_term: false } }
layer { name: "oblong" type: "Convolution" bottom: "strided" top: "oblong"
  convolution_param { num_output: 4 kernel_h: 1 kernel_w: 3 pad_h: 0 pad_w: 2 stride_h: 1 stride_w: 2 } }
layer { name: "dilated" type: "Convolution" bottom: "same" top: "dilated"
  convolution_param { num_output: 4 kernel_size: 3 pad: 2 dilation: 2 } }
)",
      {{"same", {{5, 4, 3, 3}, {5}}},
       {"strided", {{6, 5, 3, 3}}},
       {"oblong", {{4, 6, 1, 3}, {4}}},
       {"dilated", {{4, 5, 3, 3}, {4}}}});
  add("groups", R"(
layer { name: "pairs" type: "Convolution" bottom: "first" top: "pairs"
  convolution_param { num_output: 6 kernel_size: 3 pad: 1 group: 2 } }
layer { name: "depthwise" type: "Convolution" bottom: "pairs" top: "depthwise"
  convolution_param { num_output: 6 kernel_size: 3 pad: 1 group: 6 } }
)",
      {{"pairs", {{6, 2, 3, 3}, {6}}}, {"depthwise", {{6, 1, 3, 3}, {6}}}});
  add("pooling", R"(
layer { name: "halved" type: "Pooling" bottom: "first" top: "halved"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "overlapping" type: "Pooling" bottom: "first" top: "overlapping"
  pooling_param { pool: MAX kernel_size: 3 stride: 2 } }
layer { name: "padded" type: "Pooling" bottom: "first" top: "padded"
  pooling_param { pool: MAX kernel_size: 3 stride: 2 pad: 1 } }
layer { name: "wide" type: "Pooling" bottom: "first" top: "wide"
  pooling_param { pool: MAX kernel_size: 4 stride: 3 pad: 1 } }
)",
      {});
  add("activations", R"(
layer { name: "relu" type: "ReLU" bottom: "first" top: "relu" }
layer { name: "leaky" type: "ReLU" bottom: "first" top: "leaky" relu_param { negative_slope: 0.125 } }
layer { name: "slopes" type: "PReLU" bottom: "first" top: "slopes" }
layer { name: "one_slope" type: "PReLU" bottom: "first" top: "one_slope" prelu_param { channel_shared: true } }
)",
      {{"slopes", {{4}}}, {"one_slope", {{1}}}});
  add("norms", R"(
layer { name: "norm" type: "BatchNorm" bottom: "first" top: "norm" batch_norm_param { eps: 0.001 } }
layer { name: "scale" type: "Scale" bottom: "norm" top: "scale" scale_param { bias_term: true } }
layer { name: "plain" type: "Scale" bottom: "first" top: "plain" }
layer { name: "power" type: "Power" bottom: "plain" top: "power" power_param { scale: -2 shift: 0.5 } }
)",
      {{.layer = "norm", .shapes = {{4}, {4}, {1}}, .positive = true}, {"scale", {{4}, {4}}}, {"plain", {{4}}}});
  add("joins", R"(
layer { name: "other" type: "Convolution" bottom: "data" top: "other"
  convolution_param { num_output: 4 kernel_size: 1 } }
layer { name: "sum" type: "Eltwise" bottom: "first" bottom: "other" top: "sum" }
layer { name: "weighted" type: "Eltwise" bottom: "first" bottom: "other" top: "weighted"
  eltwise_param { operation: SUM coeff: 1 coeff: -0.5 } }
layer { name: "larger" type: "Eltwise" bottom: "first" bottom: "other" top: "larger" eltwise_param { operation: MAX } }
layer { name: "copies" type: "Split" bottom: "sum" top: "copy_a" top: "copy_b" }
layer { name: "drop" type: "Dropout" bottom: "copy_a" top: "copy_a" }
layer { name: "joined" type: "Concat" bottom: "copy_a" bottom: "weighted" bottom: "larger" top: "joined" }
layer { name: "parts" type: "Slice" bottom: "joined" top: "part_a" top: "part_b"
  slice_param { axis: 1 slice_point: 5 } }
layer { name: "after" type: "ReLU" bottom: "part_b" top: "after" }
layer { name: "stacked" type: "Concat" bottom: "first" bottom: "copy_b" top: "stacked" concat_param { axis: 2 } }
)",
      {{"other", {{4, 3, 1, 1}, {4}}}});
  cases.push_back({"old", R"(name: "old"
input: "data" input_dim: 1 input_dim: 3 input_dim: 13 input_dim: 11
layers { name: "conv" type: CONVOLUTION bottom: "data" top: "conv"
  blobs_lr: 1 weight_decay: 0 convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }
layers { name: "relu" type: RELU bottom: "conv" top: "conv" }
layers { name: "pool" type: POOLING bottom: "conv" top: "pool" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layers { name: "join" type: CONCAT bottom: "pool" bottom: "pool" top: "join" concat_param { concat_dim: 1 } }
)",
                   CaffeModelBytes({{"conv", {{4, 3, 3, 3}, {4}}}}, CaffeAge::kOld)});
  return cases;
}

}  // namespace sinew::import
