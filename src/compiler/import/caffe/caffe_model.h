// A Caffe network in memory: its layers in the new form, whatever form the file had, and the weights by layer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/import/caffe/caffe.pb.h"
#include "compiler/ir/tensor.h"

namespace sinew::import {

// Weights as Caffe orders them: KCRS of a convolution.
struct CaffeBlob {
  ir::Shape shape;
  std::vector<float> values;
};

using CaffeWeights = std::map<std::string, std::vector<CaffeBlob>, std::less<>>;

struct CaffeModel {
  std::string name;
  std::vector<caffeproto::LayerParameter> layers;  // in the order in which they run; without blobs
  std::vector<std::string> left_out;               // "drop (Dropout): only for training"
  CaffeWeights weights;
};

}  // namespace sinew::import
