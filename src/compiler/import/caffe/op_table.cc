// Caffe's layers by type.
#include <algorithm>

#include "compiler/import/caffe/ops.h"

namespace sinew::import {
namespace {

constexpr LayerType kLayerTypes[] = {
    {"BatchNorm", ConvertCaffeBatchNorm},
    {"Bias", ConvertCaffeBias},
    {"Concat", ConvertCaffeConcat},
    {"Convolution", ConvertCaffeConvolution},
    {"ConvolutionDepthwise", ConvertCaffeConvolution},  // of forks: a Convolution with as many groups as channels
    {"DepthwiseConvolution", ConvertCaffeConvolution},
    {"Dropout", ConvertCaffeForward},
    {"Eltwise", ConvertCaffeEltwise},
    {"PReLU", ConvertCaffePrelu},
    {"Pooling", ConvertCaffePooling},
    {"Power", ConvertCaffePower},
    {"ReLU", ConvertCaffeRelu},
    {"Scale", ConvertCaffeScale},
    {"Slice", ConvertCaffeSlice},
    {"Split", ConvertCaffeForward},
};

static_assert(std::ranges::is_sorted(kLayerTypes, {}, &LayerType::type));

}  // namespace

const LayerType* FindLayerType(std::string_view type) {
  const auto found = std::ranges::lower_bound(kLayerTypes, type, {}, &LayerType::type);
  return found != std::end(kLayerTypes) && found->type == type ? &*found : nullptr;
}

std::string_view ReasonUnsupportedLayer(std::string_view type) {
  if (type.ends_with("Loss") || type == "Accuracy") return "training; use the network's deploy.prototxt";
  if (type.ends_with("Data") || type == "CPMData" || type == "OPData") {
    return "a source of training data; use the network's deploy.prototxt, which begins with an Input";
  }
  if (type == "Python") return "computed by a program that is not in the file";
  return "there is no such layer in sinew";
}

}  // namespace sinew::import
