// Matching picture by picture, then one curve of precision over recall for each threshold and range of areas. Where
// COCO's definition leaves room (limits included or not, ties, rounding) this follows what COCO's own tools do.
#include "evaluate/coco_eval.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "base/check.h"

namespace sinew::evaluate {
namespace {

constexpr int kThresholds = 10;  // of OKS
constexpr int kRecallSteps = 101;
constexpr size_t kMaxDetections = 20;  // of one picture
// What keeps COCO's quotients away from 0 / 0.
constexpr double kTiny = DBL_EPSILON;

struct AreaRange {
  double least, most;  // both included
  bool Holds(double area) const { return area >= least && area <= most; }
};
constexpr AreaRange kAll = {0, 1e10}, kMedium = {32 * 32, 96 * 96}, kLarge = {96 * 96, 1e10};

double Threshold(int t) { return t == kThresholds - 1 ? 0.95 : 0.5 + t * ((0.95 - 0.5) / (kThresholds - 1)); }

bool IsLabelled(const Annotation& person) { return std::ranges::find(person.labelled, true) != person.labelled.end(); }

// How far `value` is outside [low, high].
double Outside(double value, double low, double high) {
  return std::max(0.0, low - value) + std::max(0.0, value - high);
}

// A person without labelled keypoints is as near as the box around it, doubled to all sides.
double CocoOks(const Annotation& person, const Detection& detection) {
  const bool labelled = IsLabelled(person);
  const Box& box = person.box;
  double sum = 0;
  int count = 0;
  for (int c = 0; c < kCocoKeypointCount; ++c) {
    if (labelled && !person.labelled[c]) continue;
    const Point &from = person.keypoints[c], &to = detection.keypoints[c];
    const double dx = labelled ? to.x - from.x : Outside(to.x, box.x - box.width, box.x + 2 * box.width);
    const double dy = labelled ? to.y - from.y : Outside(to.y, box.y - box.height, box.y + 2 * box.height);
    sum += pose::OksTerm(dx * dx + dy * dy, pose::OksVariance(kCocoSigmas[c]), person.area + kTiny);
    ++count;
  }
  return sum / count;
}

// One picture: its annotations, its best detections in falling order of their scores, and the OKS of all pairs.
struct Picture {
  std::vector<const Annotation*> people;
  std::vector<const Detection*> detections;
  std::vector<double> oks;  // detections x people

  void Finish() {
    std::ranges::stable_sort(detections, std::ranges::greater(), &Detection::score);
    if (detections.size() > kMaxDetections) detections.resize(kMaxDetections);
    for (const Detection* detection : detections) {
      for (const Annotation* person : people) oks.push_back(CocoOks(*person, *detection));
    }
  }
};

enum class Verdict : char { kRight, kWrong, kIgnored };

struct Judged {
  double score = 0;
  std::array<Verdict, kThresholds> verdicts = {};
};

// Matches one picture's detections, the best first, each to the best annotation that is still free.
class Matcher {
 public:
  Matcher(const Picture& picture, const AreaRange& range)
      : picture_(picture), range_(range), order_(picture.people.size()) {
    for (const Annotation* person : picture.people) {
      ignored_.push_back(person->crowd || person->keypoint_count == 0 || !range.Holds(person->area));
    }
    // Those that count come first: who fits one of them is not ignored.
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::stable_partition(order_.begin(), order_.end(), [&](size_t person) { return !ignored_[person]; });
  }

  size_t counted() const { return std::ranges::count(ignored_, false); }

  void Judge(std::vector<Judged>* judged) const {
    const size_t first = judged->size();
    for (const Detection* detection : picture_.detections) judged->push_back({.score = detection->score});
    for (int t = 0; t < kThresholds; ++t) {
      std::vector<bool> taken(picture_.people.size());
      for (size_t d = 0; d < picture_.detections.size(); ++d) {
        (*judged)[first + d].verdicts[t] = JudgeOne(d, Threshold(t), &taken);
      }
    }
  }

 private:
  static constexpr size_t kNobody = SIZE_MAX;

  Verdict JudgeOne(size_t detection, double threshold, std::vector<bool>* taken) const {
    const size_t match = Match(detection, threshold, *taken);
    if (match == kNobody) {
      return range_.Holds(picture_.detections[detection]->area) ? Verdict::kWrong : Verdict::kIgnored;
    }
    (*taken)[match] = true;
    return ignored_[match] ? Verdict::kIgnored : Verdict::kRight;
  }

  size_t Match(size_t detection, double threshold, const std::vector<bool>& taken) const {
    const double* oks = picture_.oks.data() + detection * picture_.people.size();
    double best = threshold;
    size_t match = kNobody;
    for (size_t person : order_) {
      if (taken[person] && !picture_.people[person]->crowd) continue;  // a crowd takes any number
      if (match != kNobody && !ignored_[match] && ignored_[person]) break;
      if (oks[person] < best) continue;  // of equals the last
      best = oks[person];
      match = person;
    }
    return match;
  }

  const Picture& picture_;
  const AreaRange range_;
  std::vector<size_t> order_;
  std::vector<bool> ignored_;
};

// Mean precision at 101 recalls, and the final recall.
struct Curve {
  double precision = 0, recall = 0;
};

Curve MeasureCurve(const std::vector<Judged>& judged, int t, size_t counted) {
  std::vector<double> precisions, recalls;
  int64_t right = 0, wrong = 0;
  for (const Judged& one : judged) {
    right += one.verdicts[t] == Verdict::kRight;
    wrong += one.verdicts[t] == Verdict::kWrong;
    recalls.push_back(static_cast<double>(right) / counted);
    precisions.push_back(right / (static_cast<double>(wrong + right) + kTiny));
  }
  // The precision at a recall is the best at this or any higher recall.
  for (size_t i = precisions.size(); i-- > 1;) precisions[i - 1] = std::max(precisions[i - 1], precisions[i]);
  Curve curve{.precision = 0, .recall = recalls.empty() ? 0 : recalls.back()};
  for (int step = 0; step < kRecallSteps; ++step) {
    const auto reached = std::ranges::lower_bound(recalls, step == kRecallSteps - 1 ? 1.0 : step * 0.01);
    if (reached != recalls.end()) curve.precision += precisions[reached - recalls.begin()];
  }
  curve.precision /= kRecallSteps;
  return curve;
}

// The curve of each threshold; none where nobody counts.
std::vector<Curve> Evaluate(const std::map<int64_t, Picture>& pictures, const AreaRange& range) {
  std::vector<Judged> judged;
  size_t counted = 0;
  for (const auto& [id, picture] : pictures) {
    const Matcher matcher(picture, range);
    matcher.Judge(&judged);
    counted += matcher.counted();
  }
  std::vector<Curve> curves;
  if (counted == 0) return curves;
  std::ranges::stable_sort(judged, std::ranges::greater(), &Judged::score);
  for (int t = 0; t < kThresholds; ++t) curves.push_back(MeasureCurve(judged, t, counted));
  return curves;
}

double Mean(const std::vector<Curve>& curves, double Curve::*figure) {
  if (curves.empty()) return -1;
  double sum = 0;
  for (const Curve& curve : curves) sum += curve.*figure;
  return sum / static_cast<double>(curves.size());
}

double At(const std::vector<Curve>& curves, int t, double Curve::*figure) {
  return curves.empty() ? -1 : curves[t].*figure;
}

}  // namespace

CocoFigures EvaluateCoco(std::span<const int64_t> image_ids, std::span<const Annotation> people,
                         std::span<const Detection> detections) {
  std::map<int64_t, Picture> pictures;
  for (int64_t id : image_ids) pictures[id];
  for (const Annotation& person : people) {
    const auto found = pictures.find(person.image_id);
    if (found != pictures.end()) found->second.people.push_back(&person);
  }
  for (const Detection& detection : detections) {
    SINEW_CHECK(std::isfinite(detection.score));
    const auto found = pictures.find(detection.image_id);
    if (found != pictures.end()) found->second.detections.push_back(&detection);
  }
  for (auto& [id, picture] : pictures) picture.Finish();

  constexpr int kAt50 = 0, kAt75 = 5;
  const auto all = Evaluate(pictures, kAll), medium = Evaluate(pictures, kMedium), large = Evaluate(pictures, kLarge);
  return {.ap = Mean(all, &Curve::precision),
          .ap50 = At(all, kAt50, &Curve::precision),
          .ap75 = At(all, kAt75, &Curve::precision),
          .ap_medium = Mean(medium, &Curve::precision),
          .ap_large = Mean(large, &Curve::precision),
          .ar = Mean(all, &Curve::recall),
          .ar50 = At(all, kAt50, &Curve::recall),
          .ar75 = At(all, kAt75, &Curve::recall),
          .ar_medium = Mean(medium, &Curve::recall),
          .ar_large = Mean(large, &Curve::recall)};
}

}  // namespace sinew::evaluate
