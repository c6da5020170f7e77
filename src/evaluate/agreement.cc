// Matching by OKS, then counts and distances.
#include "evaluate/agreement.h"

#include <algorithm>
#include <cmath>

#include "base/assignment.h"
#include "base/error.h"
#include "pose/oks.h"

namespace sinew::evaluate {
namespace {

double Share(int64_t part, int64_t whole) {
  return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
}

Percentiles ComputePercentiles(std::vector<float> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const auto at = [&](double share) {
    const double rank = std::ceil(share * static_cast<double>(values.size()));
    return double{values[static_cast<size_t>(std::max(rank, 1.0)) - 1]};
  };
  return {.p50 = at(0.5), .p90 = at(0.9), .p95 = at(0.95), .p99 = at(0.99), .most = values.back()};
}

}  // namespace

Result<AgreementCounter> AgreementCounter::Create(const AgreementOptions& options, const Skeleton& skeleton) {
  if (!(options.min_oks > 0 && options.min_oks <= 1)) {
    return InvalidArgument("min_oks is {}, must be above 0 and at most 1", options.min_oks);
  }
  return AgreementCounter(options, skeleton);
}

Status AgreementCounter::Add(std::span<const Person> expected, std::span<const Person> found) {
  if (Status status = pose::CheckPeople(expected, skeleton_); !status.ok()) return Prefixed("expected people", status);
  if (Status status = pose::CheckPeople(found, skeleton_); !status.ok()) return Prefixed("people found", status);
  std::vector<double> oks;
  oks.reserve(expected.size() * found.size());
  for (const Person& a : expected) {
    for (const Person& b : found) {
      const double similarity = pose::Oks(a, b, skeleton_);
      oks.push_back(similarity >= options_.min_oks ? similarity : 0);
    }
  }
  const std::vector<int> match = BestAssignment(oks, static_cast<int>(expected.size()), static_cast<int>(found.size()));
  for (size_t i = 0; i < expected.size(); ++i) {
    if (match[i] == kUnassigned) continue;
    ++totals_.matched;
    oks_sum_ += oks[i * found.size() + match[i]];
    Compare(expected[i], found[match[i]]);
  }
  totals_.expected += static_cast<int64_t>(expected.size());
  totals_.found += static_cast<int64_t>(found.size());
  ++totals_.pictures;
  return Status();
}

void AgreementCounter::Compare(const Person& expected, const Person& found) {
  const double size = std::sqrt(pose::PoseArea(expected));
  for (size_t k = 0; k < expected.keypoints.size(); ++k) {
    const Keypoint &a = expected.keypoints[k], &b = found.keypoints[k];
    if (pose::IsFound(a) && pose::IsFound(b)) {
      ++totals_.common_keypoints;
      const double distance = std::hypot(double{a.x} - b.x, double{a.y} - b.y);
      pixels_.push_back(static_cast<float>(distance));
      relative_.push_back(static_cast<float>(distance / size));
    } else {
      totals_.missing_keypoints += pose::IsFound(a);
      totals_.surplus_keypoints += pose::IsFound(b);
    }
  }
}

Agreement AgreementCounter::Summary() const {
  Agreement summary = totals_;
  summary.precision = Share(summary.matched, summary.found);
  summary.recall = Share(summary.matched, summary.expected);
  summary.f1 = Share(2 * summary.matched, summary.expected + summary.found);
  if (summary.matched > 0) summary.mean_oks = oks_sum_ / static_cast<double>(summary.matched);
  summary.pixels = ComputePercentiles(pixels_);
  summary.relative = ComputePercentiles(relative_);
  return summary;
}

}  // namespace sinew::evaluate
