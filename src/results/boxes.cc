// The rules of the two boxes. All of their constants are tf-pose-estimation's.
#include "results/boxes.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sinew::results {
namespace {

// By COCO's number; the neck, which COCO has not, by name.
enum Joint {
  kNeck = -1,
  kNose = 0,
  kLeftEye = 1,
  kRightEye = 2,
  kLeftEar = 3,
  kRightEar = 4,
  kLeftShoulder = 5,
  kRightShoulder = 6,
  kLeftHip = 11,
  kRightHip = 12,
};

struct Point {
  double x, y;
};

// Keypoints above a score; what is not finite is none.
class Joints {
 public:
  Joints(const Person& person, const Skeleton& skeleton, float threshold)
      : person_(person), skeleton_(skeleton), threshold_(threshold) {}

  std::optional<Point> operator[](Joint joint) const {
    const int index = joint == kNeck ? skeleton_.FindKeypoint("neck") : skeleton_.FindCoco(joint);
    if (index < 0 || person_.keypoints.size() != skeleton_.keypoints.size()) return std::nullopt;
    const Keypoint& k = person_.keypoints[static_cast<size_t>(index)];
    if (!(k.score > threshold_) || !std::isfinite(k.x) || !std::isfinite(k.y)) return std::nullopt;
    return Point{k.x, k.y};
  }

 private:
  const Person& person_;
  const Skeleton& skeleton_;
  float threshold_;
};

// Python's round(): halves go to the even number, as they do in the default rounding mode.
int Round(double value) { return static_cast<int>(std::nearbyint(value)); }

// A box by its centre, or by its top left corner.
std::optional<Box> Clipped(double left, double top, double right, double bottom, int picture_width, int picture_height,
                           bool by_corner = false) {
  left = std::max(0.0, left);
  top = std::max(0.0, top);
  right = std::min<double>(picture_width, right);
  bottom = std::min<double>(picture_height, bottom);
  // Outside the picture, nothing is left; upstream returns negative sizes there.
  if (!(right > left) || !(bottom > top) || Round(right - left) == 0 || Round(bottom - top) == 0) return std::nullopt;
  if (by_corner) return Box{Round(left), Round(top), Round(right - left), Round(bottom - top)};
  return Box{Round((left + right) / 2), Round((top + bottom) / 2), Round(right - left), Round(bottom - top)};
}

}  // namespace

std::optional<Box> FaceBox(const Person& person, const Skeleton& skeleton, int picture_width, int picture_height,
                           FaceBoxMode mode) {
  const Joints joints(person, skeleton, 0.2f);
  const auto nose = joints[kNose], neck = joints[kNeck], right_eye = joints[kRightEye], left_eye = joints[kLeftEye],
             right_ear = joints[kRightEar], left_ear = joints[kLeftEar];
  if (!nose || picture_width < 1 || picture_height < 1) return std::nullopt;
  double size = 0;
  if (neck) size = std::max(size, (neck->y - nose->y) * 0.8);
  if (right_eye && left_eye) {
    // Upstream measures this distance in fractions of the picture and scales both axes by its width.
    const double aspect = static_cast<double>(picture_width) / picture_height;
    size = std::max(size, 2 * std::hypot(right_eye->x - left_eye->x, (right_eye->y - left_eye->y) * aspect));
  }
  if (right_ear && left_ear) size = std::max(size, (right_ear->x - left_ear->x) * 1.6);
  const bool with_eyes = mode == FaceBoxMode::kWithEyes;
  if (size <= 0 || (with_eyes && !right_eye && !left_eye)) return std::nullopt;

  double left = nose->x - std::floor(size / 2);
  if (left_eye && !right_eye) left = nose->x - 2 * std::floor(size / 3);
  if (right_eye && !left_eye) left = nose->x - std::floor(size / 3);
  const double top = nose->y - (with_eyes ? Round(0.6 * size) : std::floor(size / 3));
  return Clipped(left, top, left + size, top + size, picture_width, picture_height, with_eyes);
}

std::optional<Box> UpperBodyBox(const Person& person, const Skeleton& skeleton, int picture_width, int picture_height) {
  const Joints joints(person, skeleton, 0.3f);
  constexpr double kFar = std::numeric_limits<double>::infinity();
  double left = kFar, top = kFar, right = -kFar, bottom = -kFar;
  int found = 0;
  for (const Joint joint :
       {kNose, kNeck, kRightShoulder, kLeftShoulder, kRightHip, kLeftHip, kRightEye, kLeftEye, kRightEar, kLeftEar}) {
    const auto point = joints[joint];
    if (!point) continue;
    ++found;
    left = std::min(left, point->x);
    right = std::max(right, point->x);
    top = std::min(top, point->y);
    bottom = std::max(bottom, point->y);
  }
  if (found < 5) return std::nullopt;

  const auto nose = joints[kNose], neck = joints[kNeck], right_shoulder = joints[kRightShoulder],
             left_shoulder = joints[kLeftShoulder];
  if (nose && neck) top -= (neck->y - top) * 0.8;
  if (right_shoulder && left_shoulder) {
    const double margin = (right - left) * 0.15;
    left -= margin;
    right += margin;
  } else if (neck && (right_shoulder || left_shoulder)) {
    const double half = std::fabs((right_shoulder ? right_shoulder : left_shoulder)->x - neck->x) * 1.15;
    left = std::min(left, neck->x - half);
    right = std::max(right, neck->x + half);
  }
  return Clipped(left, top, right, bottom, picture_width, picture_height);
}

}  // namespace sinew::results
