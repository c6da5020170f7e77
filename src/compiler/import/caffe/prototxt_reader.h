// Network descriptions in Caffe's text form.
#pragma once

#include <string_view>

#include "compiler/import/caffe/caffe_model.h"
#include "sinew/status.h"

namespace sinew::import {

// Reads a .prototxt and brings it to the form of today as Caffe does: old `layers` become `layer`, a net's `input` an
// Input layer, and layers that are for training alone are left out. The result has no weights. Messages name line and
// column, not the file.
Result<CaffeModel> ReadPrototxt(std::string_view text);

}  // namespace sinew::import
