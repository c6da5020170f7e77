// The conversions of single types of layers, and the table of them.
#pragma once

#include <string_view>

#include "compiler/import/caffe/layer_context.h"

namespace sinew::import {

struct LayerType {
  std::string_view type;
  LayerConversion convert;
};

// Null where there is none of that name.
const LayerType* FindLayerType(std::string_view type);
// Why a type without a conversion has none.
std::string_view ReasonUnsupportedLayer(std::string_view type);

// ops_window.cc
Result<Tops> ConvertCaffeConvolution(LayerContext& context);
Result<Tops> ConvertCaffePooling(LayerContext& context);

// ops_elements.cc
Result<Tops> ConvertCaffeBatchNorm(LayerContext& context);
Result<Tops> ConvertCaffeBias(LayerContext& context);
Result<Tops> ConvertCaffeEltwise(LayerContext& context);
Result<Tops> ConvertCaffePower(LayerContext& context);
Result<Tops> ConvertCaffePrelu(LayerContext& context);
Result<Tops> ConvertCaffeRelu(LayerContext& context);
Result<Tops> ConvertCaffeScale(LayerContext& context);

// ops_blobs.cc
Result<Tops> ConvertCaffeConcat(LayerContext& context);
Result<Tops> ConvertCaffeForward(LayerContext& context);  // Split, Dropout: every top is the bottom
Result<Tops> ConvertCaffeSlice(LayerContext& context);

}  // namespace sinew::import
