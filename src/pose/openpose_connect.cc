// People out of connections, the best connection of all first.
#include <algorithm>
#include <tuple>
#include <utility>

#include "pose/openpose_decode.h"

namespace sinew::pose {
namespace {

class Connector {
 public:
  Connector(const Skeleton& skeleton, const RefinedPeaks& peaks) : skeleton_(skeleton), peaks_(peaks) {
    for (const auto& of_keypoint : peaks) owners_.emplace_back(of_keypoint.size(), kMissing);
  }

  void Add(const ScoredLimb& connection) {
    const Limb& limb = skeleton_.limbs[static_cast<size_t>(connection.limb)];
    const int from = OwnerOf(limb.from, connection.from), to = OwnerOf(limb.to, connection.to);
    if (from == kMissing && to == kMissing) {
      people_.push_back({std::vector<int>(peaks_.size(), kMissing), 0, 0});
      const int person = static_cast<int>(people_.size()) - 1;
      Attach(person, limb.from, connection.from, 0);
      Attach(person, limb.to, connection.to, connection.score);
    } else if (to == kMissing) {
      Attach(from, limb.to, connection.to, connection.score);
    } else if (from == kMissing) {
      Attach(to, limb.from, connection.from, connection.score);
    } else if (from == to) {
      people_[static_cast<size_t>(from)].sum += connection.score;
    } else {
      Merge(std::min(from, to), std::max(from, to), connection.score);
    }
  }

  // Merged people have no parts.
  std::vector<OpenPosePerson> Take() {
    std::erase_if(people_, [](const OpenPosePerson& person) { return person.parts == 0; });
    return std::move(people_);
  }

 private:
  int& OwnerOf(int keypoint, int peak) { return owners_[static_cast<size_t>(keypoint)][static_cast<size_t>(peak)]; }

  // A person who has such a keypoint got it by a better connection.
  void Attach(int index, int keypoint, int peak, float connection_score) {
    OpenPosePerson& person = people_[static_cast<size_t>(index)];
    int& slot = person.peaks[static_cast<size_t>(keypoint)];
    if (slot != kMissing) return;
    slot = peak;
    person.parts += 1;
    person.sum += peaks_[static_cast<size_t>(keypoint)][static_cast<size_t>(peak)].score + connection_score;
    OwnerOf(keypoint, peak) = index;
  }

  void Merge(int first, int second, float connection_score) {
    OpenPosePerson &into = people_[static_cast<size_t>(first)], &out = people_[static_cast<size_t>(second)];
    for (size_t k = 0; k < into.peaks.size(); ++k) {
      if (into.peaks[k] != kMissing && out.peaks[k] != kMissing) return;
    }
    for (size_t k = 0; k < into.peaks.size(); ++k) {
      if (out.peaks[k] == kMissing) continue;
      into.peaks[k] = std::exchange(out.peaks[k], kMissing);
      OwnerOf(static_cast<int>(k), into.peaks[k]) = first;
    }
    into.parts += std::exchange(out.parts, 0);
    into.sum += out.sum + connection_score;
  }

  const Skeleton& skeleton_;
  const RefinedPeaks& peaks_;
  std::vector<std::vector<int>> owners_;  // by keypoint and peak: the person it belongs to
  std::vector<OpenPosePerson> people_;
};

}  // namespace

std::vector<OpenPosePerson> ConnectPeople(const Skeleton& skeleton, const RefinedPeaks& peaks,
                                          std::vector<ScoredLimb> limbs) {
  // Equal scores: the last limb and peaks first, as OpenPose's order of tuples has it.
  std::ranges::sort(limbs, [](const ScoredLimb& a, const ScoredLimb& b) {
    return std::tie(a.total, a.score, a.limb, a.from, a.to) > std::tie(b.total, b.score, b.limb, b.from, b.to);
  });
  Connector connector(skeleton, peaks);
  for (const ScoredLimb& limb : limbs) connector.Add(limb);
  return connector.Take();
}

}  // namespace sinew::pose
