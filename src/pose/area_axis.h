// One axis of an upsampled map in terms of the network's map: TensorFlow's resize_area, position by position.
//
// Position u of `target` covers [u, u + 1) * source / target of the `source` cells and has their mean, weighted by
// overlap. For a whole ratio it lies inside one cell, so upsampling is replication and nothing needs to be stored.
#pragma once

#include <cstddef>
#include <vector>

namespace sinew::pose {

class AreaAxis {
 public:
  // Both at least 1.
  void Configure(int source, int target);

  int source() const { return source_; }
  int target() const { return target_; }
  // Positions per cell where that is a whole number, otherwise 0.
  int ratio() const { return ratio_; }

  // Position `u` is the sum over i < count(u) of weight(u, i) times cell first(u) + i.
  int first(int u) const { return first_[u]; }
  int count(int u) const { return offset_[u + 1] - offset_[u]; }
  float weight(int u, int i) const { return weights_[offset_[u] + i]; }
  // All of these: count(u) is offsets()[u + 1] - offsets()[u], and position u's weights begin at offsets()[u].
  const std::vector<int>& firsts() const { return first_; }
  const std::vector<int>& offsets() const { return offset_; }
  const std::vector<float>& weights() const { return weights_; }

 private:
  int source_ = 0, target_ = 0, ratio_ = 0;
  std::vector<int> first_, offset_;
  std::vector<float> weights_;
};

// Value of `channel` at (x, y) of the upsampled map. `data` is NHWC, `pixel_stride` floats a cell, x.source() cells
// wide.
float SampleArea(const float* data, size_t pixel_stride, const AreaAxis& x_axis, const AreaAxis& y_axis, int x, int y,
                 int channel);

}  // namespace sinew::pose
