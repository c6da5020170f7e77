// Caffe's upgrade rules: networks of every age in the form of today.
#pragma once

#include "compiler/import/caffe/caffe_model.h"
#include "sinew/status.h"

namespace sinew::import {

// The layers of `net`, blobs left out.
Result<CaffeModel> UpgradeNet(caffeproto::NetParameter net);

// The type of today for one of an old layer; empty for what no version has.
std::string_view TypeName(caffeproto::V1LayerParameter::LayerType type);

}  // namespace sinew::import
