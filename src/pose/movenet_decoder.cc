// Centres, then for each the search through its box. Positions are cells: a cell's own is its index.
#include "pose/movenet_decoder.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace sinew::pose {
namespace {

constexpr int kCentreRadius = 2;
constexpr size_t kOriginalPeople = 6;
constexpr float kEqual =
    1.0132789611816406e-06f;                   // centre heat that is this close to the window's highest is the highest
constexpr float kSpread = 0.300048828125f;     // of the weights, in shorter sides of the maps
constexpr float kLeastCounted = 0.126953125f;  // score of keypoints that a person's score is the mean of

const float* At(const ConstView& view, int y, int x) {
  const size_t index = static_cast<size_t>(y) * static_cast<size_t>(view.width) + static_cast<size_t>(x);
  return view.data + index * view.pixel_stride;
}

struct Centre {
  float heat;
  int x, y;
};

bool IsHighest(const ConstView& heat, int x, int y, float value) {
  for (int row = std::max(y - kCentreRadius, 0); row <= std::min(y + kCentreRadius, heat.height - 1); ++row) {
    for (int column = std::max(x - kCentreRadius, 0); column <= std::min(x + kCentreRadius, heat.width - 1); ++column) {
      if (*At(heat, row, column) - value >= kEqual) return false;
    }
  }
  return true;
}

// From the highest on, at most `most`; of equal ones, by rows and columns.
std::vector<Centre> FindCentres(const ConstView& heat, int most) {
  std::vector<Centre> centres;
  for (int y = 0; y < heat.height; ++y) {
    for (int x = 0; x < heat.width; ++x) {
      const float value = *At(heat, y, x);
      if (value > 0 && IsHighest(heat, x, y, value)) centres.push_back({value, x, y});
    }
  }
  std::ranges::stable_sort(centres, std::ranges::greater(), &Centre::heat);
  centres.resize(std::min(centres.size(), static_cast<size_t>(most)));
  return centres;
}

// Cells first <= i < end of one side that lie in the box: their index is not before `low`, and before `high`.
struct Interval {
  int first, end;
  bool Has(int cell) const { return cell >= first && cell < end; }
};

Interval Inside(float centre, float offset, float size, int cells) {
  const float half = std::max(size, 0.0f) * 0.5f, most = static_cast<float>(cells);
  const float low = std::clamp(centre + offset - half, 0.0f, most);
  const float high = std::clamp(centre + offset + half, 0.0f, most);
  return {static_cast<int>(std::ceil(low)), static_cast<int>(std::ceil(high))};
}

struct Best {
  float score = 0;
  int x = 0, y = 0;
};

// Somebody as the cell in the middle tells it.
struct Candidate {
  Interval rows, columns;
  std::vector<float> x, y;  // rough places of keypoints
};

class Finder {
 public:
  Finder(std::span<const ConstView> outputs, const Heads& heads)
      : heat_(Channels(outputs, heads.heat_maps)),
        regression_(Channels(outputs, heads.regression)),
        box_sizes_(Channels(outputs, heads.box_sizes)),
        box_offsets_(Channels(outputs, heads.box_offsets)),
        keypoints_(static_cast<size_t>(heat_.channels)),
        spread_(static_cast<float>(std::min(heat_.width, heat_.height)) * kSpread) {}

  Candidate At(const Centre& centre) const {
    const float* const rough = pose::At(regression_, centre.y, centre.x);
    const float* const size = pose::At(box_sizes_, centre.y, centre.x);
    const float* const middle = pose::At(box_offsets_, centre.y, centre.x);
    const float x = static_cast<float>(centre.x), y = static_cast<float>(centre.y);
    Candidate candidate{
        Inside(y, middle[0], size[0], heat_.height), Inside(x, middle[1], size[1], heat_.width), {}, {}};
    for (size_t k = 0; k < keypoints_; ++k) {
      candidate.y.push_back(y + rough[2 * k]);
      candidate.x.push_back(x + rough[2 * k + 1]);
    }
    return candidate;
  }

  // Of each keypoint, the cell of the box where weighted heat is highest; no score where there is none.
  std::vector<Best> Search(const Candidate& candidate) {
    const auto& [rows, columns, rough_x, rough_y] = candidate;
    weights_y_.resize(keypoints_);
    weights_x_.resize(static_cast<size_t>(std::max(columns.end - columns.first, 0)) * keypoints_);
    float* next = weights_x_.data();
    for (int column = columns.first; column < columns.end; ++column) {
      for (size_t k = 0; k < keypoints_; ++k) *next++ = Weight(static_cast<float>(column) - rough_x[k]);
    }
    std::vector<Best> best(keypoints_);
    for (int row = rows.first; row < rows.end; ++row) {
      for (size_t k = 0; k < keypoints_; ++k) weights_y_[k] = Weight(static_cast<float>(row) - rough_y[k]);
      const float* weights_x = weights_x_.data();
      for (int column = columns.first; column < columns.end; ++column, weights_x += keypoints_) {
        const float* const cell = pose::At(heat_, row, column);
        for (size_t k = 0; k < keypoints_; ++k) {
          const float score = cell[k] * (weights_x[k] * weights_y_[k]);
          if (score > best[k].score) best[k] = {score, column, row};
        }
      }
    }
    return best;
  }

  // What a cell weighs for the candidate; nothing outside its box.
  float WeightAt(const Best& found, size_t keypoint, const Candidate& candidate) const {
    if (!candidate.rows.Has(found.y) || !candidate.columns.Has(found.x)) return 0;
    return Weight(static_cast<float>(found.x) - candidate.x[keypoint]) *
           Weight(static_cast<float>(found.y) - candidate.y[keypoint]);
  }

  float Heat(const Best& found, size_t keypoint) const { return pose::At(heat_, found.y, found.x)[keypoint]; }

 private:
  float Weight(float distance) const { return std::exp(-(distance * distance) / spread_); }

  const ConstView heat_, regression_, box_sizes_, box_offsets_;
  const size_t keypoints_;
  const float spread_;
  std::vector<float> weights_x_, weights_y_;  // by column and keypoint of a box; by keypoint
};

}  // namespace

std::vector<CellPerson> MoveNetDecoder::FindPeople(std::span<const ConstView> outputs, const DecodeOptions& options) {
  const Heads& heads = description().heads;
  const ConstView offsets = Channels(outputs, heads.offsets);
  const std::vector<Centre> centres = FindCentres(Channels(outputs, heads.centers), options.max_peaks);
  Finder finder(outputs, heads);
  std::vector<Candidate> highest;
  for (size_t i = 0; i < std::min(centres.size(), kOriginalPeople); ++i) highest.push_back(finder.At(centres[i]));
  std::vector<CellPerson> people;
  for (const Centre& centre : centres) {
    if (centre.heat < options.min_score) break;
    const Candidate candidate = finder.At(centre);
    const std::vector<Best> best = finder.Search(candidate);
    CellPerson person;
    person.keypoints.resize(best.size());
    float sum = 0;
    int counted = 0;
    for (size_t k = 0; k < best.size(); ++k) {
      if (best[k].score <= 0) continue;
      float weight = finder.WeightAt(best[k], k, candidate);
      for (const Candidate& other : highest) weight = std::max(weight, finder.WeightAt(best[k], k, other));
      const float score = finder.Heat(best[k], k) * weight;
      if (score > kLeastCounted) sum += score, ++counted;
      if (score < options.peak_threshold) continue;
      const float* const offset = At(offsets, best[k].y, best[k].x) + 2 * k;
      person.keypoints[k] = {best[k].x + double{offset[1]}, best[k].y + double{offset[0]}, score};
    }
    person.score = centre.heat * sum / static_cast<float>(std::max(counted, 1));
    people.push_back(std::move(person));
  }
  return people;
}

}  // namespace sinew::pose
