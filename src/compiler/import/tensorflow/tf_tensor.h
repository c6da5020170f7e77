// Stored constants to IR tensors.
#pragma once

#include "compiler/import/tensorflow/tf_model.h"
#include "sinew/status.h"

namespace sinew::import {

// Elements that constants of one model may gain by repeating a value. Files can ask for any number in a few bytes.
inline constexpr int64_t kMaxRepeatedElements = 32 << 20;

// Decodes one constant after another. Sizes are checked against the data before anything is allocated.
class TensorDecoder {
 public:
  // Takes the tensor's data away, so that a model is never held twice. Messages do not name the tensor.
  Result<ir::Tensor> Decode(TfTensor&& tensor);

 private:
  int64_t repeats_left_ = kMaxRepeatedElements;
};

}  // namespace sinew::import
