// One rule a function.
#include "compiler/import/caffe/upgrade.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/printable.h"

namespace sinew::import {
namespace {

using caffeproto::LayerParameter;
using caffeproto::NetParameter;
using caffeproto::NetStateRule;
using caffeproto::V1LayerParameter;

constexpr int kPictureDimensions = 4;  // N, C, H, W

// In the order of V1LayerParameter::LayerType.
constexpr std::string_view kTypes[] = {
    "",
    "Accuracy",
    "BNLL",
    "Concat",
    "Convolution",
    "Data",
    "Dropout",
    "EuclideanLoss",
    "Flatten",
    "HDF5Data",
    "HDF5Output",
    "Im2col",
    "ImageData",
    "InfogainLoss",
    "InnerProduct",
    "LRN",
    "MultinomialLogisticLoss",
    "Pooling",
    "ReLU",
    "Sigmoid",
    "Softmax",
    "SoftmaxWithLoss",
    "Split",
    "TanH",
    "WindowData",
    "Eltwise",
    "Power",
    "SigmoidCrossEntropyLoss",
    "HingeLoss",
    "MemoryData",
    "ArgMax",
    "Threshold",
    "DummyData",
    "Slice",
    "MVN",
    "AbsVal",
    "Silence",
    "ContrastiveLoss",
    "Exp",
    "Deconvolution",
};
static_assert(std::size(kTypes) == V1LayerParameter::LayerType_ARRAYSIZE);

LayerParameter UpgradeLayer(V1LayerParameter& old) {
  LayerParameter layer;
  layer.set_name(old.name());
  layer.set_type(std::string(TypeName(old.type())));
  layer.mutable_bottom()->Swap(old.mutable_bottom());
  layer.mutable_top()->Swap(old.mutable_top());
  layer.mutable_include()->Swap(old.mutable_include());
  layer.mutable_exclude()->Swap(old.mutable_exclude());
  if (old.has_concat_param()) layer.mutable_concat_param()->Swap(old.mutable_concat_param());
  if (old.has_convolution_param()) layer.mutable_convolution_param()->Swap(old.mutable_convolution_param());
  if (old.has_pooling_param()) layer.mutable_pooling_param()->Swap(old.mutable_pooling_param());
  if (old.has_power_param()) layer.mutable_power_param()->Swap(old.mutable_power_param());
  if (old.has_eltwise_param()) layer.mutable_eltwise_param()->Swap(old.mutable_eltwise_param());
  if (old.has_relu_param()) layer.mutable_relu_param()->Swap(old.mutable_relu_param());
  if (old.has_slice_param()) layer.mutable_slice_param()->Swap(old.mutable_slice_param());
  return layer;
}

// A network that is run has the phase TEST, level 0, and no stages.
bool Meets(const NetStateRule& rule) {
  return (!rule.has_phase() || rule.phase() == caffeproto::TEST) && rule.min_level() <= 0 &&
         (!rule.has_max_level() || rule.max_level() >= 0) && rule.stage_size() == 0;
}

bool IsIncluded(const LayerParameter& layer) {
  if (layer.include_size() > 0) return std::ranges::any_of(layer.include(), Meets);
  return std::ranges::none_of(layer.exclude(), Meets);
}

// `input` with `input_shape`, or with four `input_dim` each.
Result<std::vector<LayerParameter>> MakeInputLayers(NetParameter& net) {
  std::vector<LayerParameter> layers;
  if (net.input_size() == 0) return layers;
  const bool has_shapes = net.input_shape_size() > 0;
  if (has_shapes ? net.input_shape_size() != net.input_size()
                 : net.input_dim_size() != kPictureDimensions * net.input_size()) {
    return Corrupt("{} inputs with {} input_shape and {} input_dim: each needs one shape, or four dimensions",
                   net.input_size(), net.input_shape_size(), net.input_dim_size());
  }
  for (int i = 0; i < net.input_size(); ++i) {
    LayerParameter layer;
    layer.set_name(net.input(i));
    layer.set_type("Input");
    layer.add_top(net.input(i));
    caffeproto::BlobShape* shape = layer.mutable_input_param()->add_shape();
    if (has_shapes) {
      shape->Swap(net.mutable_input_shape(i));
    } else {
      for (int d = 0; d < kPictureDimensions; ++d) shape->add_dim(net.input_dim(kPictureDimensions * i + d));
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace

std::string_view TypeName(V1LayerParameter::LayerType type) {
  const size_t index = static_cast<size_t>(type);
  return index < std::size(kTypes) ? kTypes[index] : std::string_view();
}

Result<CaffeModel> UpgradeNet(NetParameter net) {
  if (net.layers_size() > 0 && net.layer_size() > 0) {
    return Corrupt("it has both old `layers` and new `layer`: Caffe reads one or the other");
  }
  CaffeModel model;
  model.name = Printable(net.name());
  SINEW_ASSIGN_OR_RETURN(model.layers, MakeInputLayers(net));
  const auto add = [&model](LayerParameter&& layer) -> Status {
    const std::string name = Printable(layer.name()), type = Printable(layer.type());
    if (type.empty()) {
      return Corrupt(
          "layer \"{}\" has no type: a network of 2013 (with `layers {{ layer {{`) must be upgraded by Caffe's "
          "upgrade_net_proto_text first",
          name);
    }
    if (!IsIncluded(layer)) {
      model.left_out.push_back(fmt::format("{} ({}): only for training, or for another stage", name, type));
      return Status();
    }
    layer.clear_blobs();
    model.layers.push_back(std::move(layer));
    return Status();
  };
  for (V1LayerParameter& old : *net.mutable_layers()) SINEW_RETURN_IF_ERROR(add(UpgradeLayer(old)));
  for (LayerParameter& layer : *net.mutable_layer()) SINEW_RETURN_IF_ERROR(add(std::move(layer)));
  if (model.layers.empty()) return Corrupt("a network without layers");
  return model;
}

}  // namespace sinew::import
