// One axis of a map that is upsampled by cubic interpolation, as OpenCV's INTER_CUBIC does it: a = -0.75, pixel centres
// aligned, borders replicated.
#pragma once

#include <array>
#include <vector>

#include "base/view.h"

namespace sinew::pose {

class CubicAxis {
 public:
  // Both at least 1.
  void Configure(int source, int target);

  int source() const { return source_; }
  int target() const { return target_; }

  // Position `u` is the sum over i of weights[i] times cell cells[i].
  struct Taps {
    std::array<int, 4> cells;
    std::array<float, 4> weights;
  };
  const Taps& taps(int u) const { return taps_[static_cast<size_t>(u)]; }

 private:
  int source_ = 0, target_ = 0;
  std::vector<Taps> taps_;
};

// The upsampled value of `channel` at (x, y).
float SampleCubic(ConstView map, const CubicAxis& x_axis, const CubicAxis& y_axis, int x, int y, int channel);

// All of `channel`: y_axis.target() rows of x_axis.target(). `rows` is scratch.
void UpsampleCubic(ConstView map, const CubicAxis& x_axis, const CubicAxis& y_axis, int channel,
                   std::vector<float>* rows, std::vector<float>* plane);

}  // namespace sinew::pose
