// Names first, then middles.
#include "sinew/keypoint_order.h"

#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "base/error.h"

namespace sinew {
namespace {

// Keypoints between two others, as OpenPose annotates them for training.
struct Middle {
  std::string_view name, left, right;
};
constexpr Middle kMiddles[] = {{"neck", "left_shoulder", "right_shoulder"}, {"mid_hip", "left_hip", "right_hip"}};

}  // namespace

Result<KeypointOrder> KeypointOrder::Create(const Skeleton& from, const Skeleton& to) {
  for (const Skeleton* skeleton : {&from, &to}) SINEW_RETURN_IF_ERROR(skeleton->Validate());
  std::vector<Origin> origins;
  for (const SkeletonKeypoint& keypoint : to.keypoints) {
    const int index = from.FindKeypoint(keypoint.name);
    Origin origin = {index, index};
    const auto middle = std::ranges::find(kMiddles, std::string_view(keypoint.name), &Middle::name);
    if (index == -1 && middle != std::end(kMiddles)) {
      origin = {from.FindKeypoint(middle->left), from.FindKeypoint(middle->right)};
      if (origin.a == -1 || origin.b == -1) {
        return Unsupported("skeleton {} has no {}: the {} of {} would be half way from {} to {}", from.name,
                           origin.a == -1 ? middle->left : middle->right, middle->name, to.name, middle->left,
                           middle->right);
      }
    }
    origins.push_back(origin);
  }
  if (std::ranges::all_of(origins, [](const Origin& origin) { return origin.a == -1; }))
    return Unsupported("skeletons {} and {} have no keypoint in common", from.name, to.name);
  return KeypointOrder(to, std::move(origins), from.keypoints.size());
}

std::vector<Keypoint> KeypointOrder::Reorder(std::span<const Keypoint> keypoints) const {
  if (keypoints.empty()) return {};
  SINEW_CHECK(keypoints.size() == count_);
  std::vector<Keypoint> reordered;
  reordered.reserve(origins_.size());
  for (const Origin& origin : origins_) {
    if (origin.a == -1) {
      reordered.emplace_back();
      continue;
    }
    const Keypoint &a = keypoints[static_cast<size_t>(origin.a)], &b = keypoints[static_cast<size_t>(origin.b)];
    if (origin.a == origin.b) {
      reordered.push_back(a);
    } else if (a.score > 0 && b.score > 0) {
      reordered.push_back({(a.x + b.x) / 2, (a.y + b.y) / 2, std::min(a.score, b.score)});
    } else {
      reordered.emplace_back();
    }
  }
  return reordered;
}

std::vector<std::vector<Keypoint>> KeypointOrder::ReorderCandidates(
    std::vector<std::vector<Keypoint>> candidates) const {
  SINEW_CHECK(candidates.size() == count_);
  std::vector<std::vector<Keypoint>> reordered;
  reordered.reserve(origins_.size());
  for (const Origin& origin : origins_) {
    // No two keypoints have the same origin: names are unique.
    reordered.push_back(origin.a == -1 || origin.a != origin.b ? std::vector<Keypoint>()
                                                               : std::move(candidates[static_cast<size_t>(origin.a)]));
  }
  return reordered;
}

}  // namespace sinew
