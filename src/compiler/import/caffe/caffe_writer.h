// Writes Caffe networks: the text of the layers, and the weights.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sinew/status.h"

namespace sinew::import {

// Layers in the order in which they run. Blobs are called as the layers that make them, but for those that change a
// blob in place.
class CaffeWriter {
 public:
  struct Window {
    int64_t size = 1, pad = 0, stride = 1;
  };

  explicit CaffeWriter(const std::string& name);
  ~CaffeWriter();

  // N, H and W are placeholders.
  void Input(const std::string& blob, int64_t channels);
  // `weights` in Caffe's order, KCRS.
  void Convolution(const std::string& name, const std::string& bottom, Window window, int64_t in, int64_t out,
                   const std::vector<float>& weights, const std::vector<float>& bias);
  void Relu(const std::string& name, const std::string& blob);
  void Prelu(const std::string& name, const std::string& blob, const std::vector<float>& slopes);
  void MaxPool(const std::string& name, const std::string& bottom, Window window);
  void Concat(const std::string& name, const std::vector<std::string>& bottoms, const std::string& top);

  // The .prototxt.
  Result<std::string> Text() const;
  // The .caffemodel.
  Result<std::string> Weights() const;

 private:
  struct Net;
  std::unique_ptr<Net> net_;
};

}  // namespace sinew::import
