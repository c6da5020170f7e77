// How well two sets of people found in the same pictures agree, without annotations: one of them is what is expected (a
// finer model, a reference program), the other what was found.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew::evaluate {

struct AgreementOptions {
  // Two people may be the same one from this OKS on: above 0, to 1.
  double min_oks = 0.5;
};

// By nearest rank: `p90` is the smallest of the values that nine in ten do not exceed. 0 where there are no values.
struct Percentiles {
  double p50 = 0, p90 = 0, p95 = 0, p99 = 0, most = 0;
};

struct Agreement {
  int64_t pictures = 0;
  int64_t expected = 0, found = 0, matched = 0;  // people
  double precision = 1;                          // matched of those found; 1 where nobody was
  double recall = 1;                             // matched of those expected; 1 where nobody was
  double f1 = 1;                                 // harmonic mean of the two: 2 matched / (expected + found)
  double mean_oks = 0;                           // of the matched; 0 where there are none
  // Keypoints of the matched people: had by both, or by one of them only.
  int64_t common_keypoints = 0, missing_keypoints = 0, surplus_keypoints = 0;
  // Distances of the common keypoints: in pixels, and in square roots of the expected person's area (pose::PoseArea).
  Percentiles pixels, relative;
};

// Collects picture by picture. Keeps 8 bytes a common keypoint. One thread at a time.
class AgreementCounter {
 public:
  // kInvalidArgument for options out of range.
  static Result<AgreementCounter> Create(const AgreementOptions& options = {},
                                         const Skeleton& skeleton = Coco18Skeleton());

  // People are matched one to one so that the sum of their OKS is the largest there is. kInvalidArgument for people
  // that are not of the skeleton, not finite, or too many; the picture is not counted then.
  Status Add(std::span<const Person> expected, std::span<const Person> found);

  Agreement Summary() const;

 private:
  AgreementCounter(const AgreementOptions& options, const Skeleton& skeleton)
      : options_(options), skeleton_(skeleton) {}
  void Compare(const Person& expected, const Person& found);

  AgreementOptions options_;
  Skeleton skeleton_;
  Agreement totals_;
  double oks_sum_ = 0;
  std::vector<float> pixels_, relative_;
};

}  // namespace sinew::evaluate
