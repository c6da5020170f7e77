// Weights in Caffe's binary form.
#pragma once

#include <string_view>

#include "compiler/import/caffe/caffe_model.h"
#include "sinew/status.h"

namespace sinew::import {

// The blobs of a .caffemodel by layer; layers without any are left out. Takes the memory of the weights, and of one
// layer more. Messages do not name the file.
Result<CaffeWeights> ReadCaffeWeights(std::string_view bytes);

}  // namespace sinew::import
