// Candidates, then the walk from each. Positions are pixels of the network's input until they are handed over, counted
// from the point that the first cell looks at, as the network was trained.
#include "pose/posenet_decoder.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace sinew::pose {
namespace {

constexpr float kLeastRootLogit = 0;  // a score of 0.5
constexpr double kNmsRadius = 20;     // pixels of the network's input
constexpr int kRefinements = 2;       // by offsets, of the end of a displacement

double Sigmoid(float logit) { return 1 / (1 + std::exp(-static_cast<double>(logit))); }

struct Point {
  double x = 0, y = 0;
};

struct Cell {
  int x = 0, y = 0;
};

struct Root {
  float logit;
  int keypoint;
  Cell cell;
};

struct Placed {
  Point at;
  float logit = 0;
};
using Pose = std::vector<std::optional<Placed>>;  // one a keypoint

bool IsNear(const Point& a, const Point& b) {
  const double x = a.x - b.x, y = a.y - b.y;
  return x * x + y * y <= kNmsRadius * kNmsRadius;
}

bool IsNearOne(const std::vector<Pose>& poses, size_t keypoint, const Point& at) {
  return std::ranges::any_of(
      poses, [&](const Pose& pose) { return pose[keypoint].has_value() && IsNear(pose[keypoint]->at, at); });
}

class PoseFinder {
 public:
  PoseFinder(std::span<const ConstView> outputs, const ModelDescription& description)
      : skeleton_(description.skeleton),
        stride_(description.heads.stride),
        heat_(Channels(outputs, description.heads.heat_maps)),
        offsets_(Channels(outputs, description.heads.offsets)),
        forward_(Channels(outputs, description.heads.forward_displacements)),
        backward_(Channels(outputs, description.heads.backward_displacements)) {}

  // From the highest on; of equal ones, in the order of rows, columns and keypoints.
  std::vector<Root> FindRoots(int most_a_keypoint) const {
    std::vector<Root> roots;
    for (int y = 0; y < heat_.height; ++y) {
      for (int x = 0; x < heat_.width; ++x) {
        for (int k = 0; k < heat_.channels; ++k) {
          const float logit = Value(heat_, {x, y}, k);
          if (logit >= kLeastRootLogit && IsHighest({x, y}, k, logit)) roots.push_back({logit, k, {x, y}});
        }
      }
    }
    std::ranges::stable_sort(roots, std::ranges::greater(), &Root::logit);
    std::vector<int> taken(static_cast<size_t>(heat_.channels));
    std::erase_if(roots,
                  [&](const Root& root) { return ++taken[static_cast<size_t>(root.keypoint)] > most_a_keypoint; });
    return roots;
  }

  Point At(const Cell& cell, int keypoint) const {
    return {cell.x * stride_ + double{Value(offsets_, cell, keypoint + skeleton_.keypoint_count())},
            cell.y * stride_ + double{Value(offsets_, cell, keypoint)}};
  }

  // Up the tree to its first keypoint, then down to all others.
  Pose Walk(const Root& root) const {
    Pose pose(skeleton_.keypoints.size());
    pose[static_cast<size_t>(root.keypoint)] = {At(root.cell, root.keypoint), root.logit};
    for (auto limb = skeleton_.limbs.rbegin(); limb != skeleton_.limbs.rend(); ++limb) {
      Step(*limb, limb->to, limb->from, backward_, &pose);
    }
    for (const Limb& limb : skeleton_.limbs) Step(limb, limb.from, limb.to, forward_, &pose);
    return pose;
  }

 private:
  static float Value(const ConstView& view, const Cell& cell, int channel) {
    const size_t index = static_cast<size_t>(cell.y) * static_cast<size_t>(view.width) + static_cast<size_t>(cell.x);
    return view.data[index * view.pixel_stride + static_cast<size_t>(channel)];
  }

  bool IsHighest(const Cell& cell, int keypoint, float logit) const {
    for (int y = std::max(cell.y - 1, 0); y < std::min(cell.y + 2, heat_.height); ++y) {
      for (int x = std::max(cell.x - 1, 0); x < std::min(cell.x + 2, heat_.width); ++x) {
        if (Value(heat_, {x, y}, keypoint) > logit) return false;
      }
    }
    return true;
  }

  // The original rounds halves up. Displacements may be huge: clamped before they are whole numbers.
  Cell Nearest(const Point& point) const {
    const auto nearest = [&](double pixels, int cells) {
      return static_cast<int>(std::clamp(std::floor(pixels / stride_ + 0.5), 0.0, cells - 1.0));
    };
    return {nearest(point.x, heat_.width), nearest(point.y, heat_.height)};
  }

  void Step(const Limb& limb, int known, int wanted, const ConstView& displacements, Pose* pose) const {
    const auto& source = (*pose)[static_cast<size_t>(known)];
    auto& target = (*pose)[static_cast<size_t>(wanted)];
    if (!source || target) return;
    const Cell cell = Nearest(source->at);
    Point at = {source->at.x + Value(displacements, cell, limb.field_x),
                source->at.y + Value(displacements, cell, limb.field_y)};
    for (int i = 0; i < kRefinements; ++i) at = At(Nearest(at), wanted);
    target = Placed{at, Value(heat_, Nearest(at), wanted)};
  }

  const Skeleton& skeleton_;
  const double stride_;
  const ConstView heat_, offsets_, forward_, backward_;
};

}  // namespace

std::vector<CellPerson> PoseNetDecoder::FindPeople(std::span<const ConstView> outputs, const DecodeOptions& options) {
  const PoseFinder finder(outputs, description());
  const double stride = description().heads.stride;
  std::vector<Pose> poses;
  std::vector<CellPerson> people;
  for (const Root& root : finder.FindRoots(options.max_peaks)) {
    const size_t first = static_cast<size_t>(root.keypoint);
    if (IsNearOne(poses, first, finder.At(root.cell, root.keypoint))) continue;
    Pose pose = finder.Walk(root);
    CellPerson person;
    person.keypoints.resize(pose.size());
    double sum = 0;
    for (size_t k = 0; k < pose.size(); ++k) {
      if (!pose[k]) continue;
      const double score = Sigmoid(pose[k]->logit);
      if (!IsNearOne(poses, k, pose[k]->at)) sum += score;
      if (score < options.peak_threshold) continue;
      person.keypoints[k] = {pose[k]->at.x / stride + 0.5, pose[k]->at.y / stride + 0.5, static_cast<float>(score)};
    }
    person.score = static_cast<float>(sum / static_cast<double>(pose.size()));
    people.push_back(std::move(person));
    poses.push_back(std::move(pose));
  }
  return people;
}

}  // namespace sinew::pose
