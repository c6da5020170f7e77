// What is shown of the network's maps: single planes, stretched to the picture row by row.
#pragma once

#include <vector>

#include "sinew/model.h"
#include "sinew/model_description.h"

namespace sinew::results {

struct Plane {
  int width = 0, height = 0;
  std::vector<float> values;
};

// The field of the strongest limb at each cell.
struct Field {
  Plane x, y;
};

// The views hold the maps as PoseEstimator::maps() gives them. What is not finite counts as 0.

// Over the keypoints, without the background.
Plane HighestHeat(const TensorView& maps, const ModelDescription& description);
Field StrongestField(const TensorView& maps, const ModelDescription& description);
// The greatest |x| and, apart from it, the greatest |y| of all limbs: how tf-pose-estimation shows the fields.
Field WidestField(const TensorView& maps, const ModelDescription& description);

// Bilinear interpolation of a plane that covers a picture: cell centres are the centres of equal parts of the picture,
// and beyond the outermost ones the value stays. The plane must outlive it.
class Stretched {
 public:
  Stretched(const Plane& plane, int width, int height);
  // Row y of the picture: `width` values, valid until the next call.
  const std::vector<float>& Row(int y);

 private:
  struct Tap {
    size_t first, second;
    float weight;  // of the second
  };
  static Tap TapAt(int position, int size, int cells);

  const Plane& plane_;
  int height_;
  std::vector<Tap> columns_;
  std::vector<float> blended_, row_;
};

}  // namespace sinew::results
