// Assembles people so that every peak belongs to one of them at most.
#include "pose/assemble.h"

#include <algorithm>
#include <utility>

namespace sinew::pose {
namespace {

bool HaveCommonKeypoint(const Assembly& a, const Assembly& b) {
  for (size_t k = 0; k < a.peaks.size(); ++k) {
    if (a.peaks[k] != kMissing && b.peaks[k] != kMissing) return true;
  }
  return false;
}

// People under construction, and the one that each peak belongs to.
class Assembler {
 public:
  Assembler(const PeakList& peaks, size_t keypoints)
      : peaks_(peaks), keypoints_(keypoints), owner_(peaks.peaks.size(), kMissing) {}

  void Add(const Limb& limb, const Connection& connection, bool may_start) {
    const int from = owner_[connection.from], to = owner_[connection.to];
    if (from == kMissing && to == kMissing) {
      if (may_start) Start(limb, connection);
    } else if (to == kMissing) {
      Attach(from, limb.to, connection.to, connection.score);
    } else if (from == kMissing) {
      Attach(to, limb.from, connection.from, connection.score);
    } else if (from != to && !HaveCommonKeypoint(people_[from], people_[to])) {
      Join(std::min(from, to), std::max(from, to), connection.score);
    }
  }

  std::vector<Assembly> Take() {
    std::erase_if(people_, [](const Assembly& person) { return person.parts == 0; });
    return std::move(people_);
  }

 private:
  void Start(const Limb& limb, const Connection& connection) {
    people_.push_back({.peaks = std::vector<int>(keypoints_, kMissing)});
    const int index = static_cast<int>(people_.size()) - 1;
    Attach(index, limb.from, connection.from, 0);
    Attach(index, limb.to, connection.to, connection.score);
  }

  void Attach(int index, int keypoint, int peak, float connection_score) {
    Assembly& person = people_[index];
    if (person.peaks[keypoint] != kMissing) return;
    person.peaks[keypoint] = peak;
    person.parts += 1;
    person.sum += peaks_.peaks[peak].score + connection_score;
    owner_[peak] = index;
  }

  // Leaves `second` without parts; Take() removes it, so that the owners' indices stay valid until then.
  void Join(int first, int second, float connection_score) {
    Assembly& into = people_[first];
    Assembly& out = people_[second];
    for (size_t k = 0; k < keypoints_; ++k) {
      if (out.peaks[k] == kMissing) continue;
      into.peaks[k] = out.peaks[k];
      owner_[out.peaks[k]] = first;
    }
    into.parts += out.parts;
    into.sum += out.sum + connection_score;
    out.parts = 0;
    out.peaks.assign(keypoints_, kMissing);
  }

  const PeakList& peaks_;
  const size_t keypoints_;
  std::vector<int> owner_;
  std::vector<Assembly> people_;
};

}  // namespace

std::vector<Assembly> AssemblePeople(const Skeleton& skeleton, const PeakList& peaks, const Connections& connections) {
  Assembler assembler(peaks, skeleton.keypoints.size());
  for (size_t l = 0; l < skeleton.limbs.size(); ++l) {
    const Limb& limb = skeleton.limbs[l];
    for (const Connection& connection : connections[l]) assembler.Add(limb, connection, limb.in_tree);
  }
  return assembler.Take();
}

void SelectPeople(int min_parts, float min_score, int max_people, std::vector<Assembly>* people) {
  std::erase_if(*people,
                [&](const Assembly& person) { return person.parts < min_parts || person.score() < min_score; });
  const size_t limit = max_people;
  if (max_people == 0 || people->size() <= limit) return;
  std::vector<int> order(people->size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return (*people)[a].score() > (*people)[b].score(); });
  order.resize(limit);
  std::sort(order.begin(), order.end());
  std::vector<Assembly> kept;
  for (int i : order) kept.push_back((*people)[i]);
  *people = std::move(kept);
}

}  // namespace sinew::pose
