// The filter's arithmetic by hand, how much jitter it takes away, and how little it lags.
#include "sinew/track.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <random>

#include "pose/oks.h"
#include "track/synthetic_people_test_util.h"

namespace sinew::track {
namespace {

using ::testing::HasSubstr;

constexpr double kStep = 0.04;  // 25 frames a second

Walker StandingStill(double shift = 0) {
  Walker walker = Straight({200 + shift, 200}, {});
  walker.swing = 0;
  return walker;
}
Person Standing(double shift = 0) { return Draw(StandingStill(shift), 0); }
double SizeOf(const Person& person) { return std::sqrt(pose::PoseArea(person)); }

Person SmoothOne(KeypointSmoother* smoother, double seconds, const Person& person, int64_t id = 0) {
  return smoother->Smooth(seconds, std::vector<Person>{person}, std::vector<int64_t>{id}).value()[0];
}

TEST(SmootherTest, ByHand) {
  // One step of 6 pixels after 0.1 seconds. The speed is low-passed from 0; both cutoffs give alpha = 1/(1 + 1/(2 pi f
  // dt)).
  const SmootherOptions options{.min_cutoff = 2, .beta = 4, .speed_cutoff = 1.5};
  KeypointSmoother smoother = KeypointSmoother::Create(options).value();
  const Person first = Standing(), second = Standing(6);
  EXPECT_EQ(SmoothOne(&smoother, 5.0, first), first);
  const Person smooth = SmoothOne(&smoother, 5.1, second);

  const auto alpha = [](double cutoff) { return 1 / (1 + 1 / (2 * std::numbers::pi * cutoff * 0.1)); };
  const double speed = alpha(1.5) * 6 / 0.1 / SizeOf(first);
  const double expected = 6 * alpha(2 + 4 * speed);
  for (size_t k = 0; k < Coco18Skeleton().keypoints.size(); ++k) {
    EXPECT_NEAR(smooth.keypoints[k].x, first.keypoints[k].x + expected, 1e-3);
    EXPECT_EQ(smooth.keypoints[k].y, first.keypoints[k].y);
    EXPECT_EQ(smooth.keypoints[k].score, second.keypoints[k].score);
  }
  EXPECT_EQ(smooth.score, second.score);
}

// Root mean squares over all keypoints and frames after the first second.
struct Quality {
  double error = 0;   // distance from the truth, in pixels
  double jitter = 0;  // change from frame to frame beyond that of the truth
};

Quality Measure(const Walker& walker, double noise, const std::function<Person(double, const Person&)>& filter) {
  FaultyDetector detector({.noise = noise}, 1);
  Quality quality;
  Person before, true_before;
  int count = 0;
  for (double seconds = 0; seconds < 20; seconds += kStep) {
    const Person truth = Draw(walker, seconds);
    const Person person = filter(seconds, detector.Detect(std::vector<Walker>{walker}, seconds).people[0]);
    for (size_t k = 0; k < Coco18Skeleton().keypoints.size() && seconds > 1; ++k) {
      const double dx = person.keypoints[k].x - truth.keypoints[k].x, dy = person.keypoints[k].y - truth.keypoints[k].y;
      const double jx = dx - (before.keypoints[k].x - true_before.keypoints[k].x);
      const double jy = dy - (before.keypoints[k].y - true_before.keypoints[k].y);
      quality.error += dx * dx + dy * dy;
      quality.jitter += jx * jx + jy * jy;
      ++count;
    }
    before = person, true_before = truth;
  }
  return {std::sqrt(quality.error / count), std::sqrt(quality.jitter / count)};
}

Quality MeasureRaw(const Walker& walker, double noise) {
  return Measure(walker, noise, [](double, const Person& person) { return person; });
}
Quality MeasureSmooth(const Walker& walker, double noise) {
  KeypointSmoother smoother = KeypointSmoother::Create().value();
  return Measure(walker, noise,
                 [&](double seconds, const Person& person) { return SmoothOne(&smoother, seconds, person); });
}

TEST(SmootherTest, AtRestJitterFallsToAThirdOrLess) {
  // Noise of 1 % of the height.
  const Quality raw = MeasureRaw(StandingStill(), 0.01), smooth = MeasureSmooth(StandingStill(), 0.01);
  EXPECT_GT(raw.jitter, 1.7 * 1.9);  // the noise of two coordinates and two frames
  EXPECT_LT(smooth.jitter, raw.jitter / 3);
  EXPECT_LT(smooth.error, raw.error);
}

TEST(SmootherTest, WalkingIsSmootherAndLagsLittle) {
  const Walker walker = Straight({0, 200}, {150, 0});
  const Quality raw = MeasureRaw(walker, 0.01), smooth = MeasureSmooth(walker, 0.01);
  EXPECT_LT(smooth.jitter, raw.jitter / 1.4);
  EXPECT_LT(smooth.error, 1.5 * raw.error);
}

TEST(SmootherTest, LagHasABoundAtAnySpeed) {
  // Without noise, what is left of the error is the lag: less than 1 / (2 pi beta) of the size.
  for (double speed : {10, 50, 200, 1000, 5000}) {
    KeypointSmoother smoother = KeypointSmoother::Create().value();
    double lag = 0;
    for (double seconds = 0; seconds < 10; seconds += kStep) {
      const Person person = Standing(speed * seconds);
      lag = person.keypoints[0].x - SmoothOne(&smoother, seconds, person).keypoints[0].x;
    }
    EXPECT_GT(lag, 0) << speed;
    EXPECT_LT(lag, SizeOf(Standing()) / (2 * std::numbers::pi * SmootherOptions().beta)) << speed;
  }
}

TEST(SmootherTest, AJumpIsFollowedWithinThreeTenthsOfASecond) {
  KeypointSmoother smoother = KeypointSmoother::Create().value();
  for (int frame = 0; frame < 25; ++frame) SmoothOne(&smoother, frame * kStep, Standing());
  Person smooth;
  for (int frame = 25; frame < 33; ++frame) smooth = SmoothOne(&smoother, frame * kStep, Standing(80));
  EXPECT_GT(smooth.keypoints[0].x, Standing(72).keypoints[0].x);
}

TEST(SmootherTest, MissingKeypointsStayMissingAndComeBackSmoothed) {
  KeypointSmoother smoother = KeypointSmoother::Create().value();
  SmoothOne(&smoother, 0, Standing());
  Person partly = Standing(4);
  partly.keypoints[4] = {};
  EXPECT_EQ(SmoothOne(&smoother, 0.1, partly).keypoints[4], Keypoint());
  // Missing for 0.2 seconds: still between the old place and the new one. The others have come further.
  const Person back = SmoothOne(&smoother, 0.2, Standing(8));
  EXPECT_GT(back.keypoints[4].x, Standing().keypoints[4].x);
  EXPECT_LT(back.keypoints[4].x, Standing(8).keypoints[4].x);
}

TEST(SmootherTest, StartsAfreshAfterGaps) {
  KeypointSmoother smoother = KeypointSmoother::Create({.reset_seconds = 0.5}).value();
  SmoothOne(&smoother, 0, Standing());
  Person partly = Standing();
  partly.keypoints[4] = {};
  SmoothOne(&smoother, 0.3, partly);
  const Person after = SmoothOne(&smoother, 0.6, Standing(8));
  EXPECT_EQ(after.keypoints[4], Standing(8).keypoints[4]);  // unseen for 0.6 seconds
  EXPECT_LT(after.keypoints[3].x, Standing(8).keypoints[3].x);
  EXPECT_EQ(SmoothOne(&smoother, 1.2, Standing(20)), Standing(20));
}

TEST(SmootherTest, EverybodyIsSmoothedAlone) {
  KeypointSmoother both = KeypointSmoother::Create().value(), alone = KeypointSmoother::Create().value();
  FaultyDetector detector({.noise = 0.01}, 1);
  const std::vector<Walker> walkers = {StandingStill(), Straight({500, 200}, {50, 0})};
  for (double seconds = 0; seconds < 2; seconds += kStep) {
    const Frame frame = detector.Detect(walkers, seconds);  // in any order
    const std::vector<int64_t> ids(frame.walkers.begin(), frame.walkers.end());
    const auto smooth = both.Smooth(seconds, frame.people, ids).value();
    const size_t first = ids[0] == 0 ? 0 : 1;
    EXPECT_EQ(smooth[first], SmoothOne(&alone, seconds, frame.people[first]));
  }
}

TEST(SmootherTest, WhoHasNoIdIsLeftAlone) {
  KeypointSmoother smoother = KeypointSmoother::Create().value();
  for (double shift : {0, 5, 10}) {
    const std::vector<Person> people = {Standing(shift), Standing(shift + 100)};
    EXPECT_EQ(smoother.Smooth(shift + 1, people, std::vector<int64_t>{kNoId, kNoId}).value(), people);
  }
}

TEST(SmootherTest, Refuses) {
  const auto error = [](SmootherOptions options) { return KeypointSmoother::Create(options).status().message(); };
  EXPECT_THAT(error({.min_cutoff = 0}), HasSubstr("min_cutoff is 0, must be 0.001 to 1000"));
  EXPECT_THAT(error({.beta = NAN}), HasSubstr("beta is nan"));
  EXPECT_THAT(error({.speed_cutoff = -1}), HasSubstr("speed_cutoff is -1"));
  EXPECT_THAT(error({.reset_seconds = 1e9}), HasSubstr("reset_seconds is 1000000000"));

  KeypointSmoother smoother = KeypointSmoother::Create().value();
  const std::vector<Person> people = {Standing(), Standing(100)};
  const auto smooth = [&](double seconds, std::vector<int64_t> ids) {
    return smoother.Smooth(seconds, people, ids).status().message();
  };
  EXPECT_EQ(smooth(1, {0, 1}), "");
  EXPECT_THAT(smooth(1, {0, 1}), HasSubstr("must be later"));
  EXPECT_THAT(smooth(2, {0}), HasSubstr("1 ids for 2 people"));
  EXPECT_THAT(smooth(2, {3, 3}), HasSubstr("id 3 is there twice"));
  EXPECT_EQ(smooth(2, {kNoId, kNoId}), "");
}

}  // namespace
}  // namespace sinew::track
