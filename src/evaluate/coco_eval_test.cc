// Average precision and recall of cases that can be worked out by hand.
#include "evaluate/coco_eval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace sinew::evaluate {
namespace {

constexpr double kArea = 60 * 60;  // medium

// All keypoints labelled, at a place of their own: `place` 1 is 1000 pixels right of `place` 0.
Annotation Somebody(int64_t image, int place, double area = kArea) {
  Annotation person{.image_id = image, .keypoints = {}, .keypoint_count = kCocoKeypointCount, .area = area};
  for (int c = 0; c < kCocoKeypointCount; ++c) person.keypoints[c] = {1000.0 * place + 3 * c, 5.0 * c};
  person.labelled.fill(true);
  person.box = {1000.0 * place, 0, 3.0 * kCocoKeypointCount, 5.0 * kCocoKeypointCount};
  return person;
}

// A crowd, or a person without keypoints, in the same place.
Annotation Unlabelled(int64_t image, int place, bool crowd) {
  Annotation person = Somebody(image, place);
  person.keypoints = {};
  person.labelled.fill(false);
  person.keypoint_count = 0;
  person.crowd = crowd;
  return person;
}

Detection Found(const Annotation& person, double score) {
  return {.image_id = person.image_id, .keypoints = person.keypoints, .score = score, .area = person.area};
}
Detection FoundAt(int64_t image, int place, double score) { return Found(Somebody(image, place), score); }

// Every keypoint is off by what makes its term `oks`.
Detection FoundNear(const Annotation& person, double oks, double score) {
  Detection detection = Found(person, score);
  for (int c = 0; c < kCocoKeypointCount; ++c) {
    detection.keypoints[c].x += std::sqrt(-2 * std::log(oks) * person.area * pose::OksVariance(kCocoSigmas[c]));
  }
  return detection;
}

CocoFigures Evaluate(const std::vector<Annotation>& people, const std::vector<Detection>& detections) {
  return EvaluateCoco(std::vector<int64_t>{1, 2, 3}, people, detections);
}

TEST(CocoEval, PerfectIsOne) {
  const std::vector<Annotation> people = {Somebody(1, 0), Somebody(1, 1), Somebody(3, 0, 200 * 200), Somebody(2, 4)};
  std::vector<Detection> detections;
  for (const Annotation& person : people) detections.push_back(Found(person, 0.5));
  const CocoFigures figures = Evaluate(people, detections);
  for (double figure : {figures.ap, figures.ap50, figures.ap75, figures.ap_medium, figures.ap_large, figures.ar,
                        figures.ar50, figures.ar75, figures.ar_medium, figures.ar_large}) {
    EXPECT_NEAR(figure, 1, 1e-15);
  }
}

TEST(CocoEval, NobodyCounts) {
  const CocoFigures figures = Evaluate({Unlabelled(1, 0, false)}, {FoundAt(1, 0, 0.5)});
  EXPECT_EQ(figures.ap, -1);
  EXPECT_EQ(figures.ar_large, -1);
}

TEST(CocoEval, NothingFound) {
  const CocoFigures figures = Evaluate({Somebody(1, 0)}, {});
  EXPECT_EQ(figures.ap, 0);
  EXPECT_EQ(figures.ar, 0);
  EXPECT_EQ(figures.ap_medium, 0);
  EXPECT_EQ(figures.ap_large, -1);
}

TEST(CocoEval, HalfFound) {
  // Precision 1 at the recalls 0, 0.01, ... 0.5.
  const CocoFigures figures = Evaluate({Somebody(1, 0), Somebody(2, 0)}, {FoundAt(2, 0, 0.5)});
  EXPECT_NEAR(figures.ap, 51.0 / 101, 1e-12);
  EXPECT_NEAR(figures.ar, 0.5, 1e-12);
}

TEST(CocoEval, DuplicatesAreWrong) {
  // In falling order of scores: right, wrong, right. Precision 1 up to recall 1/2, then 2/3.
  const CocoFigures figures =
      Evaluate({Somebody(1, 0), Somebody(1, 1)}, {FoundAt(1, 1, 0.7), FoundAt(1, 0, 0.9), FoundAt(1, 0, 0.8)});
  EXPECT_NEAR(figures.ap, (51 + 50 * 2 / 3.0) / 101, 1e-12);
  EXPECT_NEAR(figures.ar, 1, 1e-12);
}

TEST(CocoEval, WrongOnesBeforeTheRightOneCost) {
  EXPECT_NEAR(Evaluate({Somebody(1, 0)}, {FoundAt(1, 5, 0.9), FoundAt(1, 0, 0.8)}).ap, 0.5, 1e-12);
  EXPECT_NEAR(Evaluate({Somebody(1, 0)}, {FoundAt(1, 5, 0.7), FoundAt(1, 0, 0.8)}).ap, 1, 1e-12);
}

TEST(CocoEval, PrecisionIsTheBestAtThatRecallOrMore) {
  // Wrong, right, right: precisions 0, 1/2, 2/3, so 2/3 everywhere.
  const auto figures =
      Evaluate({Somebody(1, 0), Somebody(1, 1)}, {FoundAt(1, 5, 0.9), FoundAt(1, 0, 0.8), FoundAt(1, 1, 0.7)});
  EXPECT_NEAR(figures.ap, 2.0 / 3, 1e-12);
}

TEST(CocoEval, EqualScoresKeepTheOrderOfPicturesThenOfResults) {
  // The wrong one first: precisions 0, 1/2. The right one first: 1.
  EXPECT_NEAR(Evaluate({Somebody(2, 0)}, {FoundAt(2, 0, 0.5), FoundAt(1, 0, 0.5)}).ap, 0.5, 1e-12);
  EXPECT_NEAR(Evaluate({Somebody(1, 0)}, {FoundAt(2, 0, 0.5), FoundAt(1, 0, 0.5)}).ap, 1, 1e-12);
  EXPECT_NEAR(Evaluate({Somebody(1, 0)}, {FoundAt(1, 5, 0.5), FoundAt(1, 0, 0.5)}).ap, 0.5, 1e-12);
  EXPECT_NEAR(Evaluate({Somebody(1, 0)}, {FoundAt(1, 0, 0.5), FoundAt(1, 5, 0.5)}).ap, 1, 1e-12);
}

TEST(CocoEval, OksThresholds) {
  // 0.72 reaches five of the ten thresholds.
  const Annotation person = Somebody(1, 0);
  const CocoFigures figures = Evaluate({person}, {FoundNear(person, 0.72, 0.5)});
  EXPECT_NEAR(figures.ap, 0.5, 1e-12);
  EXPECT_NEAR(figures.ap50, 1, 1e-12);
  EXPECT_EQ(figures.ap75, 0);
  EXPECT_NEAR(figures.ar, 0.5, 1e-12);
  EXPECT_EQ(figures.ar50, 1);
  EXPECT_EQ(figures.ar75, 0);
  EXPECT_EQ(Evaluate({person}, {FoundNear(person, 0.49, 0.5)}).ap50, 0);
  EXPECT_NEAR(Evaluate({person}, {FoundNear(person, 0.96, 0.5)}).ap, 1, 1e-12);
}

TEST(CocoEval, OnlyLabelledKeypointsCount) {
  Annotation person = Somebody(1, 0);
  Detection detection = Found(person, 0.5);
  for (int c = 0; c < kCocoKeypointCount - 1; ++c) person.labelled[c] = false, detection.keypoints[c] = {-500, 900};
  EXPECT_NEAR(Evaluate({person}, {detection}).ap, 1, 1e-12);
  detection.keypoints[kCocoKeypointCount - 1].x += 100;
  EXPECT_EQ(Evaluate({person}, {detection}).ap, 0);
}

TEST(CocoEval, TheBetterMatchWins) {
  // Both annotations are near enough at 0.5; the detection of higher score takes the one that it fits best, so that the
  // other one is left for the second.
  const Annotation first = Somebody(1, 0);
  Annotation second = first;
  second.keypoints = FoundNear(first, 0.6, 0).keypoints;
  EXPECT_NEAR(Evaluate({first, second}, {Found(second, 0.9), Found(first, 0.8)}).ap, 1, 1e-12);
}

TEST(CocoEval, ACrowdTakesAnyNumberWithinItsDoubledBox) {
  const Annotation person = Somebody(1, 0), crowd = Unlabelled(1, 3, /*crowd=*/true);
  std::vector<Detection> detections = {Found(person, 0.5)};
  for (double score : {0.7, 0.8, 0.9}) detections.push_back(FoundAt(1, 3, score));
  Detection edge = FoundAt(1, 3, 0.95);  // all on the left border of the doubled box
  for (Point& keypoint : edge.keypoints) keypoint.x = crowd.box.x - crowd.box.width;
  detections.push_back(edge);
  EXPECT_NEAR(Evaluate({person, crowd}, detections).ap, 1, 1e-12);

  // Far enough outside of it, the detection is wrong and comes first.
  for (Point& keypoint : edge.keypoints) keypoint.x -= 100;
  EXPECT_NEAR(Evaluate({person, crowd}, {edge, Found(person, 0.5)}).ap, 0.5, 1e-12);
}

TEST(CocoEval, APersonWithoutKeypointsTakesOneDetectionOnly) {
  const Annotation person = Somebody(1, 0), unlabelled = Unlabelled(1, 3, /*crowd=*/false);
  EXPECT_NEAR(Evaluate({person, unlabelled}, {FoundAt(1, 3, 0.9), Found(person, 0.5)}).ap, 1, 1e-12);
  EXPECT_NEAR(Evaluate({person, unlabelled}, {FoundAt(1, 3, 0.9), FoundAt(1, 3, 0.8), Found(person, 0.5)}).ap, 0.5,
              1e-12);
}

TEST(CocoEval, WhoCountsGoesBeforeWhoIsIgnored) {
  // The crowd fits perfectly, the person by 0.6 only: still a right detection below that threshold.
  const Annotation person = Somebody(1, 0), crowd = Unlabelled(1, 0, /*crowd=*/true);
  const CocoFigures figures = Evaluate({crowd, person}, {FoundNear(person, 0.6, 0.5)});
  EXPECT_NEAR(figures.ap50, 1, 1e-12);
  EXPECT_EQ(figures.ap75, 0);
}

TEST(CocoEval, RangesOfAreas) {
  // Ranges include both ends; a stray detection counts in the range of its own area only.
  const Annotation small = Somebody(1, 0, 31 * 31), medium = Somebody(1, 1, 32 * 32), both = Somebody(1, 2, 96 * 96),
                   large = Somebody(1, 3, 97 * 97);
  Detection stray = FoundAt(1, 8, 0.9);
  stray.area = 40 * 40;
  const CocoFigures figures =
      Evaluate({small, medium, both, large}, {stray, Found(small, 0.5), Found(medium, 0.5), Found(both, 0.5)});
  EXPECT_NEAR(figures.ar, 3.0 / 4, 1e-12);
  EXPECT_NEAR(figures.ar_medium, 1, 1e-12);
  EXPECT_NEAR(figures.ap_medium, 2.0 / 3, 1e-12);  // wrong, right, right
  EXPECT_NEAR(figures.ar_large, 0.5, 1e-12);
  EXPECT_NEAR(figures.ap_large, 51.0 / 101, 1e-12);
}

TEST(CocoEval, TwentyDetectionsOfAPicture) {
  const Annotation person = Somebody(1, 0);
  std::vector<Detection> detections;
  for (int i = 0; i < 19; ++i) detections.push_back(FoundAt(1, 5 + i, 0.9));
  detections.push_back(Found(person, 0.1));
  EXPECT_NEAR(Evaluate({person}, detections).ap, 1.0 / 20, 1e-12);
  detections.push_back(FoundAt(1, 50, 0.2));
  EXPECT_EQ(Evaluate({person}, detections).ap, 0);
}

TEST(CocoEval, RecallsAreComparedAsCocoDoes) {
  // 35 / 100 is less than 35 * 0.01 in double precision: that recall is not reached.
  std::vector<int64_t> images(100);
  std::vector<Annotation> people;
  std::vector<Detection> detections;
  for (int i = 0; i < 100; ++i) {
    images[i] = i;
    people.push_back(Somebody(i, 0));
    if (i < 35) detections.push_back(FoundAt(i, 0, 0.5));
  }
  EXPECT_NEAR(EvaluateCoco(images, people, detections).ap, 35.0 / 101, 1e-12);
}

TEST(CocoEval, OtherPicturesAreLeftOut) {
  EXPECT_NEAR(Evaluate({Somebody(1, 0), Somebody(7, 0)}, {FoundAt(1, 0, 0.5), FoundAt(8, 0, 0.9)}).ap, 1, 1e-12);
}

TEST(CocoTypes, DetectionOfAPerson) {
  Person person{.keypoints = {}, .score = 0.75f};
  for (int k = 0; k < 18; ++k) person.keypoints.push_back({10.0f + k, 20.0f + 2 * k, 0.5f});
  Detection detection = ToDetection(42, person);
  EXPECT_EQ(detection.image_id, 42);
  EXPECT_EQ(detection.score, 0.75);
  EXPECT_EQ(detection.keypoints[1].x, 25);  // the left eye
  EXPECT_EQ(detection.area, 17 * 34);
  person.keypoints[8] = {};  // a missing hip is at (0, 0)
  EXPECT_EQ(ToDetection(42, person).area, 27 * 54);
}

}  // namespace
}  // namespace sinew::evaluate
