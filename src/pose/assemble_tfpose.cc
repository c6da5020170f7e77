// Assembles people exactly as tf-pose-estimation does; assemble.h says where that differs from AssemblePeople.
#include <cstddef>

#include "pose/assemble.h"

namespace sinew::pose {
namespace {

float PeakScore(const PeakList& peaks, int peak) { return peaks.peaks[peak].score; }

// Peak 0 is taken for a missing one here.
bool SeemToHaveCommonKeypoint(const Assembly& a, const Assembly& b) {
  for (size_t k = 0; k < a.peaks.size(); ++k) {
    if (a.peaks[k] > 0 && b.peaks[k] > 0) return true;
  }
  return false;
}

void ReplaceSecond(const PeakList& peaks, const Limb& limb, const Connection& connection, Assembly* person) {
  person->peaks[limb.to] = connection.to;
  person->parts += 1;
  person->sum += PeakScore(peaks, connection.to) + connection.score;
}

// Index arithmetic in place of a choice: where one is missing (-1) the other results. Where peak 0 meets another, the
// next one results.
void JoinInto(const Assembly& other, float connection_score, Assembly* person) {
  for (size_t k = 0; k < other.peaks.size(); ++k) person->peaks[k] += other.peaks[k] + 1;
  person->parts += other.parts;
  person->sum += other.sum;
  person->sum += connection_score;
}

}  // namespace

std::vector<Assembly> AssembleLikeTfPose(const Skeleton& skeleton, const PeakList& peaks,
                                         const Connections& connections) {
  std::vector<Assembly> people;
  for (size_t l = 0; l < skeleton.limbs.size(); ++l) {
    const Limb& limb = skeleton.limbs[l];
    for (const Connection& connection : connections[l]) {
      int met = 0;
      size_t first = 0, second = 0;
      for (size_t i = 0; i < people.size(); ++i) {
        if (people[i].peaks[limb.from] != connection.from && people[i].peaks[limb.to] != connection.to) continue;
        if (met == 0) first = i;
        if (met == 1) second = i;
        ++met;
      }
      if (met == 1) {
        if (people[first].peaks[limb.to] != connection.to) ReplaceSecond(peaks, limb, connection, &people[first]);
      } else if (met == 2 && SeemToHaveCommonKeypoint(people[first], people[second])) {
        ReplaceSecond(peaks, limb, connection, &people[first]);
      } else if (met == 2) {
        JoinInto(people[second], connection.score, &people[first]);
        people.erase(people.begin() + second);
      } else if (met == 0 && limb.in_tree) {
        Assembly person;
        person.peaks.assign(skeleton.keypoints.size(), kMissing);
        person.peaks[limb.from] = connection.from;
        person.peaks[limb.to] = connection.to;
        person.parts = 2;
        person.sum = PeakScore(peaks, connection.from) + PeakScore(peaks, connection.to) + connection.score;
        people.push_back(person);
      }
    }
  }
  // The original would read past its list of peaks here; nothing there to be equal to.
  for (Assembly& person : people) {
    for (int& peak : person.peaks) {
      if (peak >= static_cast<int>(peaks.peaks.size())) peak = kMissing;
    }
  }
  return people;
}

}  // namespace sinew::pose
