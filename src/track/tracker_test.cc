// Ids of synthetic people whose true identity is known: through crossings, gaps, faults, large steps and cuts.
#include "sinew/track.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "pose/oks.h"
#include "track/synthetic_people_test_util.h"

namespace sinew::track {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr double kStep = 0.04;  // 25 frames a second
// Far worse than what a network finds of people of this size.
constexpr Faults kRough = {
    .noise = 0.015, .missing_keypoints = 0.2, .missing_people = 0.1, .false_people = 0.5, .occlusion = true};

struct Span {
  double from, to, step = kStep;
};

// Without look-ahead, a frame's ids come at once.
std::vector<int64_t> UpdateNow(Tracker* tracker, double seconds, std::span<const Person> people) {
  const auto decided = tracker->Update(seconds, people);
  EXPECT_TRUE(decided.ok()) << decided.status().message();
  EXPECT_EQ(decided->size(), 1u);
  return decided->at(0);
}

IdentityScore Follow(std::span<const Walker> walkers, const Faults& faults, Span span, unsigned seed = 1,
                     const TrackerOptions& options = {}) {
  Tracker tracker = Tracker::Create(options).value();
  FaultyDetector detector(faults, seed);
  IdentityScore score;
  for (double seconds = span.from; seconds < span.to; seconds += span.step) {
    const Frame frame = detector.Detect(walkers, seconds);
    score.Add(frame, UpdateNow(&tracker, seconds, frame.people));
  }
  return score;
}

// Ids of a frame that shows exactly these walkers.
std::vector<int64_t> Show(Tracker* tracker, double seconds, std::span<const Walker> walkers) {
  std::vector<Person> people;
  for (const Walker& walker : walkers) people.push_back(Draw(walker, seconds));
  return UpdateNow(tracker, seconds, people);
}

TEST(TrackerTest, IdsComeWithTheThirdSightingAndStay) {
  Tracker tracker = Tracker::Create().value();
  const std::vector<Walker> one = {Straight({100, 200}, {80, 0})};
  const std::vector<Walker> two = {Straight({600, 200}, {-80, 0}), one[0]};
  EXPECT_THAT(Show(&tracker, 0.00, one), ElementsAre(kNoId));
  EXPECT_THAT(Show(&tracker, 0.04, one), ElementsAre(kNoId));
  EXPECT_THAT(Show(&tracker, 0.08, one), ElementsAre(0));
  EXPECT_THAT(Show(&tracker, 0.12, two), ElementsAre(kNoId, 0));
  EXPECT_THAT(Show(&tracker, 0.16, two), ElementsAre(kNoId, 0));
  EXPECT_THAT(Show(&tracker, 0.20, two), ElementsAre(1, 0));
}

TEST(TrackerTest, IdsAtOnceWhereAskedFor) {
  Tracker tracker = Tracker::Create({.birth_frames = 1}).value();
  EXPECT_THAT(Show(&tracker, 0, std::vector<Walker>{Straight({100, 200}, {}), Straight({600, 200}, {})}),
              ElementsAre(0, 1));
}

TEST(TrackerTest, WhoHasAnIdGoesBeforeWhoHasNone) {
  // The detector puts somebody far aside in one frame, which begins a track without id, and then half way back: within
  // reach of both, and nearer to the new one.
  Tracker tracker = Tracker::Create().value();
  const auto at = [](double x) {
    Walker walker = Straight({x, 200}, {});
    walker.swing = 0;
    return std::vector<Walker>{walker};
  };
  for (double seconds : {0.0, 0.04, 0.08}) Show(&tracker, seconds, at(100));
  EXPECT_THAT(Show(&tracker, 0.12, at(140)), ElementsAre(kNoId));
  EXPECT_THAT(Show(&tracker, 0.16, at(126)), ElementsAre(0));
}

TEST(TrackerTest, ShortAppearancesGetNoId) {
  Tracker tracker = Tracker::Create().value();
  const std::vector<Walker> one = {Straight({100, 200}, {})};
  for (int burst = 0; burst < 10; ++burst) {
    EXPECT_THAT(Show(&tracker, burst + 0.00, one), ElementsAre(kNoId));
    EXPECT_THAT(Show(&tracker, burst + 0.04, one), ElementsAre(kNoId));
    for (double later : {0.08, 0.12}) Show(&tracker, burst + later, {});
  }
}

TEST(TrackerTest, PeopleWhoCross) {
  // They meet after 2.5 seconds; the one behind is hidden for most of a second.
  const std::vector<Walker> walkers = {Straight({100, 200}, {120, 0}), Straight({700, 190}, {-120, 0}, 160)};
  for (unsigned seed = 0; seed < 10; ++seed) {
    const IdentityScore score = Follow(walkers, {.noise = 0.01, .occlusion = true}, {0, 5}, seed);
    EXPECT_EQ(score.switches, 0);
    EXPECT_EQ(score.shared_ids(), 0);
    EXPECT_THAT(score.ids_of(0), SizeIs(1));
    EXPECT_THAT(score.ids_of(1), SizeIs(1));
  }
}

TEST(TrackerTest, PeopleSideBySide) {
  const std::vector<Walker> walkers = {Straight({100, 200}, {120, 0}), Straight({155, 200}, {120, 0}),
                                       Straight({210, 200}, {120, 0})};
  for (unsigned seed = 0; seed < 10; ++seed) {
    EXPECT_EQ(Follow(walkers, {.noise = 0.02, .missing_keypoints = 0.2}, {0, 8}, seed).switches, 0);
  }
}

TEST(TrackerTest, LostAndFoundWithinTheWindow) {
  // Out of sight for `gap` seconds, and walking on.
  const auto ids_after = [](double gap, TrackerOptions options) {
    Walker walker = Straight({100, 200}, {70, 0});
    walker.is_there = [=](double seconds) { return seconds < 2 || seconds > 2 + gap; };
    const IdentityScore score = Follow(std::vector<Walker>{walker}, {.noise = 0.01}, {0, 6 + gap}, 1, options);
    return score.ids_of(0).size();
  };
  EXPECT_EQ(ids_after(0.5, {}), 1u);
  EXPECT_EQ(ids_after(1.9, {}), 1u);
  EXPECT_EQ(ids_after(2.2, {}), 2u);
  EXPECT_EQ(ids_after(0.5, {.max_lost_seconds = 0.4}), 2u);
  EXPECT_EQ(ids_after(2.5, {.max_lost_seconds = 3}), 1u);
}

TEST(TrackerTest, SomebodyElseElsewhereIsSomebodyElse) {
  // As one leaves, another appears four heights away.
  Walker first = Straight({100, 200}, {}), second = Straight({800, 200}, {});
  first.is_there = [](double seconds) { return seconds < 1; };
  second.is_there = [](double seconds) { return seconds >= 1; };
  const IdentityScore score = Follow(std::vector<Walker>{first, second}, {}, {0, 2});
  EXPECT_EQ(score.shared_ids(), 0);
  EXPECT_THAT(score.ids_of(1), ElementsAre(1));
}

TEST(TrackerTest, LargeSteps) {
  // Every 10th frame, at a walking pace of half a height a second and more.
  const std::vector<Walker> walkers = {Straight({100, 200}, {100, 0}), Straight({1000, 240}, {-100, 10}),
                                       Straight({300, 420}, {60, -5})};
  for (unsigned seed = 0; seed < 10; ++seed) {
    const IdentityScore score = Follow(walkers, {.noise = 0.01, .occlusion = true}, {0, 8, 0.4}, seed);
    EXPECT_EQ(score.switches, 0);
    EXPECT_EQ(score.shared_ids(), 0);
  }
}

TEST(TrackerTest, StepsLongerThanTheWindow) {
  const std::vector<Walker> walkers = {Straight({100, 200}, {}), Straight({600, 200}, {})};
  EXPECT_EQ(Follow(walkers, {.noise = 0.01}, {0, 100, 5}).switches, 0);
}

TEST(TrackerTest, UnevenFrameTimes) {
  const std::vector<Walker> walkers = {Straight({100, 200}, {150, 0}), Straight({900, 200}, {-150, 0})};
  Tracker tracker = Tracker::Create().value();
  IdentityScore score;
  FaultyDetector detector({.noise = 0.01, .occlusion = true}, 7);
  std::mt19937 random(7);
  std::uniform_real_distribution<double> step(0.001, 0.3);
  for (double seconds = 1000; seconds < 1006; seconds += step(random)) {
    std::vector<Walker> shifted = walkers;
    for (Walker& walker : shifted) walker.neck = [neck = walker.neck](double time) { return neck(time - 1000); };
    const Frame frame = detector.Detect(shifted, seconds);
    score.Add(frame, UpdateNow(&tracker, seconds, frame.people));
  }
  EXPECT_EQ(score.switches, 0);
  EXPECT_EQ(score.shared_ids(), 0);
}

// Ten scenes of 30 seconds with ten people each, added up.
struct Total {
  int sightings = 0, switches = 0, unnamed = 0;
};

Total FollowCrowds(const Faults& faults, double step) {
  Total total;
  for (unsigned scene = 0; scene < 10; ++scene) {
    const IdentityScore score = Follow(Crowd(10, 100 + scene), faults, {0, 30, step}, scene);
    total.sightings += score.sightings;
    total.switches += score.switches;
    total.unnamed += score.unnamed;
  }
  return total;
}

// People stand in front of each other all the time, and now and then one comes out where another was expected. The
// limits are about twice what is measured.
TEST(TrackerTest, CrowdOfTen) {
  const Total total = FollowCrowds({.noise = 0.01, .occlusion = true}, kStep);
  EXPECT_GT(total.sightings, 70'000);
  EXPECT_LE(total.switches, 18);
  EXPECT_LE(total.unnamed, 450);
}

TEST(TrackerTest, CrowdOfTenRoughlyFound) {
  const Total total = FollowCrowds(kRough, kStep);
  EXPECT_GT(total.sightings, 60'000);
  EXPECT_LE(total.switches, 14);
  EXPECT_LE(total.unnamed, 450);  // the first two sightings of a hundred people among them
}

TEST(TrackerTest, CrowdOfTenInLargeSteps) {
  const Total total = FollowCrowds(kRough, 0.2);
  EXPECT_GT(total.sightings, 12'000);
  EXPECT_LE(total.switches, 34);
}

TEST(TrackerTest, ScoreSeesWhatABadTrackerDoes) {
  // Ids by place in the list, which the detector shuffles.
  const std::vector<Walker> crowd = Crowd(10, 100);
  FaultyDetector detector(Faults(), 1);
  IdentityScore score;
  for (double seconds = 0; seconds < 4; seconds += kStep) {
    const Frame frame = detector.Detect(crowd, seconds);
    std::vector<int64_t> ids(frame.people.size());
    std::iota(ids.begin(), ids.end(), 0);
    score.Add(frame, ids);
  }
  EXPECT_GT(score.switches, 500);
  EXPECT_EQ(score.shared_ids(), 10);
}

TEST(TrackerTest, FalsePeopleGetNoIdsAndTakeNone) {
  const std::vector<Walker> walkers = {Straight({300, 300}, {20, 0}), Straight({900, 300}, {-20, 0})};
  const IdentityScore score = Follow(walkers, {.noise = 0.01, .false_people = 3}, {0, 10});
  EXPECT_EQ(score.switches, 0);
  EXPECT_THAT(score.ids_of(0), SizeIs(1));
  EXPECT_THAT(score.ids_of(1), SizeIs(1));
  EXPECT_LE(score.ids_of(kNobody).size(), 3u);
}

TEST(TrackerTest, UpperAndLowerHalvesInTurnAreOnePerson) {
  Tracker tracker = Tracker::Create().value();
  const Walker walker = Straight({100, 200}, {60, 0});
  std::vector<int64_t> ids;
  for (int frame = 0; frame < 60; ++frame) {
    Person person = Draw(walker, frame * kStep);
    for (int k = 0; k < 18; ++k) {
      const bool is_leg = k >= 8 && k <= 13;
      if (frame >= 5 && is_leg == (frame % 2 == 0)) person.keypoints[k] = {};
    }
    ids = UpdateNow(&tracker, frame * kStep, std::vector<Person>{person});
    if (frame < 2) continue;
    ASSERT_THAT(ids, ElementsAre(0)) << frame;
  }
}

TEST(TrackerTest, PiecesOfSomebodyAreNobody) {
  // The legs are found a second time, as somebody else, in every frame; the whole person keeps the id.
  Tracker tracker = Tracker::Create().value();
  const Walker walker = Straight({100, 200}, {60, 0});
  for (int frame = 0; frame < 50; ++frame) {
    const Person whole = Draw(walker, frame * kStep);
    Person legs = whole;
    for (int k = 0; k < 18; ++k) {
      if (k < 8 || k > 13) legs.keypoints[k] = {};
    }
    const std::vector<int64_t> ids = UpdateNow(&tracker, frame * kStep, std::vector<Person>{legs, whole});
    if (frame < 4) continue;
    ASSERT_THAT(ids, ElementsAre(kNoId, 0)) << frame;
  }
}

TEST(TrackerTest, PeopleWithFewKeypoints) {
  // Any four to six of the keypoints at a time; and people without a single one.
  Tracker tracker = Tracker::Create().value();
  const std::vector<Walker> walkers = {Straight({100, 200}, {60, 0}), Straight({500, 200}, {60, 0})};
  std::mt19937 random(3);
  IdentityScore score;
  for (int frame = 0; frame < 250; ++frame) {
    Frame found{.people = {}, .walkers = {0, 1, kNobody}};
    for (const Walker& walker : walkers) {
      Person& person = found.people.emplace_back(Draw(walker, frame * kStep));
      std::vector<int> order(18);
      std::iota(order.begin(), order.end(), 0);
      std::ranges::shuffle(order, random);
      for (int i = 4 + frame % 3; i < 18; ++i) person.keypoints[order[i]] = {};
    }
    found.people.push_back({.keypoints = std::vector<Keypoint>(18), .score = 0});
    const std::vector<int64_t> ids = UpdateNow(&tracker, frame * kStep, found.people);
    EXPECT_EQ(ids[2], kNoId);
    score.Add(found, ids);
  }
  EXPECT_LE(score.switches, 2);
  EXPECT_EQ(score.shared_ids(), 0);
  EXPECT_LE(score.unnamed, 25);
}

TEST(TrackerTest, EmptyFramesAndNobodyAtAll) {
  Tracker tracker = Tracker::Create().value();
  for (int frame = 0; frame < 100; ++frame) EXPECT_TRUE(Show(&tracker, frame, {}).empty());
}

TEST(TrackerTest, AfterACutEverybodyIsSomebodyElse) {
  const std::vector<Walker> walkers = {Straight({100, 200}, {}), Straight({600, 200}, {})};
  Tracker tracker = Tracker::Create({.birth_frames = 1}).value();
  EXPECT_THAT(Show(&tracker, 0, walkers), ElementsAre(0, 1));
  EXPECT_THAT(Show(&tracker, 1, walkers), ElementsAre(0, 1));
  tracker.Forget();
  EXPECT_THAT(Show(&tracker, 2, walkers), ElementsAre(2, 3));
}

TEST(TrackerTest, ACutThatNobodyTellsOf) {
  // Others at other places; then back to the first, who are still remembered.
  const std::vector<Walker> before = {Straight({100, 200}, {}), Straight({600, 200}, {})};
  const std::vector<Walker> after = {Straight({350, 100}, {}, 300), Straight({900, 300}, {}, 300)};
  Tracker tracker = Tracker::Create({.birth_frames = 1}).value();
  EXPECT_THAT(Show(&tracker, 0, before), ElementsAre(0, 1));
  EXPECT_THAT(Show(&tracker, 0.5, after), ElementsAre(2, 3));
  EXPECT_THAT(Show(&tracker, 1.0, before), ElementsAre(0, 1));
}

TEST(TrackerTest, NoIdTwiceInAFrameAndTheSameIdsAgain) {
  const std::vector<Walker> crowd = Crowd(10, 5);
  std::vector<std::vector<int64_t>> first;
  for (int run = 0; run < 2; ++run) {
    Tracker tracker = Tracker::Create().value();
    FaultyDetector detector(kRough, 5);
    for (int frame = 0; frame < 250; ++frame) {
      const auto ids = UpdateNow(&tracker, frame * kStep, detector.Detect(crowd, frame * kStep).people);
      std::vector<int64_t> named;
      std::ranges::copy_if(ids, std::back_inserter(named), [](int64_t id) { return id != kNoId; });
      std::ranges::sort(named);
      EXPECT_EQ(std::ranges::adjacent_find(named), named.end());
      if (run == 0) {
        first.push_back(ids);
      } else {
        ASSERT_EQ(ids, first[frame]);
      }
    }
  }
}

TEST(TrackerTest, TheOrderOfPeopleDoesNotMatter) {
  const std::vector<Walker> crowd = Crowd(10, 6);
  Tracker tracker = Tracker::Create().value(), reversed = Tracker::Create().value();
  FaultyDetector detector({.noise = 0.01, .missing_keypoints = 0.2, .missing_people = 0.05}, 6);
  std::map<int64_t, int64_t> other_id;
  for (int frame = 0; frame < 250; ++frame) {
    std::vector<Person> people = detector.Detect(crowd, frame * kStep).people;
    const auto ids = UpdateNow(&tracker, frame * kStep, people);
    std::ranges::reverse(people);
    auto other = UpdateNow(&reversed, frame * kStep, people);
    std::ranges::reverse(other);
    // New people are numbered in the order in which they are given; beyond that the ids are the same.
    for (size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(other_id.try_emplace(ids[i], other[i]).first->second, other[i]);
  }
}

// The ids of frame after frame, whenever they come.
std::vector<Tracker::FrameIds> FollowAll(std::span<const std::pair<double, std::vector<Person>>> frames,
                                         const TrackerOptions& options) {
  Tracker tracker = Tracker::Create(options).value();
  std::vector<Tracker::FrameIds> all;
  for (const auto& [seconds, people] : frames) {
    std::ranges::move(tracker.Update(seconds, people).value(), std::back_inserter(all));
    EXPECT_LE(tracker.waiting(), static_cast<size_t>(options.look_ahead_frames));
  }
  std::ranges::move(tracker.Finish(), std::back_inserter(all));
  EXPECT_EQ(tracker.waiting(), 0u);
  return all;
}

constexpr TrackerOptions kLookAhead = {.look_ahead_frames = 12};

TEST(TrackerTest, WithLookAheadIdsHoldFromTheFirstSightingOn) {
  for (const Faults& faults : {Faults{.noise = 0.01}, kRough}) {
    std::vector<std::pair<double, std::vector<Person>>> frames;
    std::vector<Frame> found;
    FaultyDetector detector(faults, 3);
    const std::vector<Walker> crowd = Crowd(10, 103);
    for (int i = 0; i < 500; ++i) {
      found.push_back(detector.Detect(crowd, i * kStep));
      frames.emplace_back(i * kStep, found.back().people);
    }
    const auto at_once = FollowAll(frames, {}), late = FollowAll(frames, kLookAhead);
    ASSERT_EQ(late.size(), frames.size());
    IdentityScore score_at_once, score_late;
    for (size_t f = 0; f < frames.size(); ++f) {
      ASSERT_EQ(late[f].size(), at_once[f].size());
      for (size_t i = 0; i < late[f].size(); ++i) {
        if (at_once[f][i] == kNoId) continue;
        EXPECT_EQ(late[f][i], at_once[f][i]) << "who has an id keeps it";
      }
      score_at_once.Add(found[f], at_once[f]);
      score_late.Add(found[f], late[f]);
    }
    EXPECT_GE(score_at_once.unnamed, 20) << "the first two sightings of ten people";
    EXPECT_LE(score_late.unnamed, score_at_once.unnamed - 20);
    EXPECT_EQ(score_late.switches, score_at_once.switches);
  }
}

TEST(TrackerTest, FramesWaitOnlyForThoseWhoMayGetAnId) {
  Tracker tracker = Tracker::Create(kLookAhead).value();
  const std::vector<Walker> one = {Straight({100, 200}, {})}, two = {one[0], Straight({600, 200}, {})};
  const auto show = [&](double seconds, std::span<const Walker> walkers) {
    std::vector<Person> people;
    for (const Walker& walker : walkers) people.push_back(Draw(walker, seconds));
    return tracker.Update(seconds, people).value();
  };
  using Ids = Tracker::FrameIds;
  EXPECT_THAT(show(0.00, {}), ElementsAre(Ids{})) << "nobody: nothing to wait for";
  EXPECT_THAT(show(0.04, one), ElementsAre());
  EXPECT_THAT(show(0.08, one), ElementsAre());
  EXPECT_THAT(show(0.12, one), ElementsAre(Ids{0}, Ids{0}, Ids{0}));
  EXPECT_THAT(show(0.16, one), ElementsAre(Ids{0}));
  EXPECT_THAT(show(0.20, two), ElementsAre()) << "a single false detection";
  EXPECT_THAT(show(0.24, one), ElementsAre());
  EXPECT_THAT(show(0.28, one), ElementsAre());
  EXPECT_THAT(show(0.32, one), ElementsAre(Ids{0, kNoId}, Ids{0}, Ids{0}, Ids{0})) << "is gone";
  EXPECT_THAT(show(0.36, two), ElementsAre());
  tracker.Forget();
  EXPECT_THAT(show(0.40, {}), ElementsAre(Ids{0, kNoId}, Ids{})) << "a cut decides";
  EXPECT_THAT(show(0.44, one), ElementsAre());
  EXPECT_THAT(tracker.Finish(), ElementsAre(Ids{kNoId}));
}

TEST(TrackerTest, NobodyWaitsLongerThanTheLookAhead) {
  // Seen in two frames, of three that are needed; then nobody is.
  Tracker tracker = Tracker::Create({.look_ahead_frames = 4}).value();
  const std::vector<Person> one = {Draw(Straight({100, 200}, {}), 0)};
  std::vector<size_t> decided;
  decided.push_back(tracker.Update(0.00, one)->size());
  decided.push_back(tracker.Update(0.04, one)->size());
  for (int i = 2; i < 8; ++i) decided.push_back(tracker.Update(0.04 * i, {})->size());
  EXPECT_THAT(decided, ElementsAre(0, 0, 0, 0, 1, 5, 1, 1));
}

// Ten black frames, in which nobody is found, wherever they are inserted: the film goes on after them as before.
TEST(TrackerTest, BlackFramesChangeNoIds) {
  const std::vector<Walker> walkers = {Straight({100, 200}, {20, 0}), Straight({600, 200}, {-20, 0}),
                                       Straight({1000, 240}, {0, 5})};
  const auto film = [&](int black_at, int black_count) {
    std::vector<std::pair<double, std::vector<Person>>> frames;
    for (int i = 0; i < 60; ++i) {
      if (i == black_at) {
        for (int b = 0; b < black_count; ++b)
          frames.emplace_back(static_cast<double>(frames.size()) * kStep, std::vector<Person>());
      }
      std::vector<Person> people;
      for (size_t w = 0; w < walkers.size(); ++w) {
        if (w < 2 || i >= 30) people.push_back(Draw(walkers[w], i * kStep));
      }
      frames.emplace_back(static_cast<double>(frames.size()) * kStep, people);
    }
    return frames;
  };
  for (const TrackerOptions& options : {TrackerOptions(), kLookAhead}) {
    const auto expected = FollowAll(film(-1, 0), options);
    for (int black_at = 0; black_at <= 59; ++black_at) {
      auto ids = FollowAll(film(black_at, 10), options);
      ASSERT_EQ(ids.size(), expected.size() + 10);
      ids.erase(ids.begin() + black_at, ids.begin() + black_at + 10);
      EXPECT_EQ(ids, expected) << "black frames before frame " << black_at << ", look-ahead "
                               << options.look_ahead_frames;
    }
  }
}

TEST(TrackerTest, AnotherSkeleton) {
  // Fish, of four keypoints.
  Skeleton fish;
  fish.name = "fish";
  fish.keypoints = {{.name = "nose"}, {.name = "back"}, {.name = "tail"}, {.name = "fin"}};
  Tracker tracker = Tracker::Create({.birth_frames = 1}, fish).value();
  const auto swim = [](float x) {
    return Person{{{x - 40, 104, 0.9f}, {x, 100, 0.9f}, {x + 40, 108, 0.9f}, {x + 4, 128, 0.9f}}, 1};
  };
  for (int frame = 0; frame < 50; ++frame) {
    const float way = 3.0f * static_cast<float>(frame);
    std::vector<Person> people = {swim(100 + way), swim(500 - way)};
    if (frame % 2 == 1) std::swap(people[0], people[1]);
    const std::vector<int64_t> ids = UpdateNow(&tracker, frame * kStep, people);
    EXPECT_THAT(ids, frame % 2 == 1 ? ElementsAre(1, 0) : ElementsAre(0, 1)) << frame;
  }
  EXPECT_THAT(tracker.Update(9, std::vector<Person>{Draw(Straight({}, {}), 0)}).status().message(),
              HasSubstr("only people of the skeleton fish, which has 4, are compared"));
}

TEST(TrackerTest, RefusesOptionsThatMakeNoSense) {
  const auto error = [](TrackerOptions options) { return Tracker::Create(options).status().message(); };
  EXPECT_THAT(error({.min_similarity = 0}), HasSubstr("min_similarity is 0, must be above 0 and below 1"));
  EXPECT_THAT(error({.min_similarity = NAN}), HasSubstr("min_similarity is nan"));
  EXPECT_THAT(error({.max_lost_seconds = -1}), HasSubstr("max_lost_seconds is -1, must be 0 to 3600"));
  EXPECT_THAT(error({.birth_frames = 0}), HasSubstr("birth_frames is 0, must be 1 to 100"));
  EXPECT_THAT(error({.look_ahead_frames = -1}), HasSubstr("look_ahead_frames is -1, must be 0 to 1000"));
  EXPECT_THAT(Tracker::Create({}, Skeleton()).status().message(), HasSubstr("skeleton \"\": has no name"));
}

TEST(TrackerTest, RefusesBadFramesAndGoesOn) {
  const std::vector<Walker> walkers = {Straight({100, 200}, {})};
  Tracker tracker = Tracker::Create({.birth_frames = 1}).value();
  EXPECT_THAT(Show(&tracker, 1, walkers), ElementsAre(0));
  EXPECT_THAT(tracker.Update(1, {}).status().message(), HasSubstr("must be later than the one before, at 1"));
  EXPECT_THAT(tracker.Update(0.5, {}).status().message(), HasSubstr("frame at 0.5 seconds"));
  EXPECT_THAT(tracker.Update(NAN, {}).status().message(), HasSubstr("must be finite"));
  EXPECT_THAT(tracker.Update(2, std::vector<Person>(1)).status().message(), HasSubstr("person 0 has 0 keypoints"));
  EXPECT_THAT(Show(&tracker, 2, walkers), ElementsAre(0));
}

TEST(TrackerTest, MeaninglessCrowdsAreForgotten) {
  // As many people as are allowed, elsewhere in each frame: the third such frame is more than is remembered.
  Tracker tracker = Tracker::Create({.birth_frames = 1}).value();
  const auto show = [&](double seconds, double y) {
    std::vector<Walker> walkers;
    for (size_t i = 0; i < pose::kMaxPeople; ++i) walkers.push_back(Straight({100.0 * i, y}, {}, 40));
    return Show(&tracker, seconds, walkers)[0];
  };
  EXPECT_EQ(show(0.0, 0), 0);
  EXPECT_EQ(show(0.1, 1000), 1000);
  EXPECT_EQ(show(0.2, 0), 0);
  EXPECT_EQ(show(0.3, 2000), 2000);
  EXPECT_EQ(show(0.4, 0), 3000);
}

}  // namespace
}  // namespace sinew::track
