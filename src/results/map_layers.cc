// Reduction of the channels and the bilinear stretch.
#include "results/map_layers.h"

#include <algorithm>
#include <cmath>

namespace sinew::results {
namespace {

float Finite(float value) { return std::isfinite(value) ? value : 0; }

Plane PlaneFor(const TensorView& maps) {
  return {maps.width, maps.height,
          std::vector<float>(static_cast<size_t>(maps.width) * static_cast<size_t>(maps.height))};
}

const float* Cell(const TensorView& maps, size_t index) { return maps.data + index * maps.pixel_stride; }

}  // namespace

Plane HighestHeat(const TensorView& maps, const ModelDescription& description) {
  Plane plane = PlaneFor(maps);
  for (size_t i = 0; i < plane.values.size(); ++i) {
    for (int c = 0; c < description.heads.heat_maps.count; ++c)
      plane.values[i] = std::max(plane.values[i], Finite(Cell(maps, i)[c]));
  }
  return plane;
}

Field StrongestField(const TensorView& maps, const ModelDescription& description) {
  const int fields = description.first_field();
  Field field = {PlaneFor(maps), PlaneFor(maps)};
  if (description.heads.fields.count == 0) return field;
  for (size_t i = 0; i < field.x.values.size(); ++i) {
    float strongest = 0;
    for (const Limb& limb : description.skeleton.limbs) {
      const float x = Finite(Cell(maps, i)[fields + limb.field_x]), y = Finite(Cell(maps, i)[fields + limb.field_y]);
      const float length = std::hypot(x, y);
      if (length <= strongest) continue;
      strongest = length;
      field.x.values[i] = x;
      field.y.values[i] = y;
    }
  }
  return field;
}

Field WidestField(const TensorView& maps, const ModelDescription& description) {
  const int fields = description.first_field();
  Field field = {PlaneFor(maps), PlaneFor(maps)};
  if (description.heads.fields.count == 0) return field;
  for (size_t i = 0; i < field.x.values.size(); ++i) {
    for (const Limb& limb : description.skeleton.limbs) {
      field.x.values[i] = std::max(field.x.values[i], std::fabs(Finite(Cell(maps, i)[fields + limb.field_x])));
      field.y.values[i] = std::max(field.y.values[i], std::fabs(Finite(Cell(maps, i)[fields + limb.field_y])));
    }
  }
  return field;
}

Stretched::Tap Stretched::TapAt(int position, int size, int cells) {
  const double at = std::clamp((position + 0.5) * cells / size - 0.5, 0.0, static_cast<double>(cells - 1));
  const int first = static_cast<int>(at);
  return {static_cast<size_t>(first), static_cast<size_t>(std::min(first + 1, cells - 1)),
          static_cast<float>(at - first)};
}

Stretched::Stretched(const Plane& plane, int width, int height)
    : plane_(plane), height_(height), blended_(static_cast<size_t>(plane.width)), row_(static_cast<size_t>(width)) {
  columns_.reserve(row_.size());
  for (int x = 0; x < width; ++x) columns_.push_back(TapAt(x, width, plane.width));
}

const std::vector<float>& Stretched::Row(int y) {
  const Tap tap = TapAt(y, height_, plane_.height);
  const float* first = plane_.values.data() + tap.first * blended_.size();
  const float* second = plane_.values.data() + tap.second * blended_.size();
  for (size_t x = 0; x < blended_.size(); ++x) blended_[x] = first[x] + (second[x] - first[x]) * tap.weight;
  for (size_t x = 0; x < row_.size(); ++x) {
    const Tap& column = columns_[x];
    row_[x] = blended_[column.first] + (blended_[column.second] - blended_[column.first]) * column.weight;
  }
  return row_;
}

}  // namespace sinew::results
