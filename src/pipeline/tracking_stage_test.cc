// Ids of made-up frames as they leave the stage: in order, from the first sighting on, across errors and films.
#include "pipeline/tracking_stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/error.h"
#include "pipeline/pipeline.h"

namespace sinew::pipeline {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kStep = 0.04;
const FollowOptions kAtOnce{.track = true};
constexpr TrackerOptions kLookAhead{.look_ahead_frames = 12};

FollowOptions WithLookAhead() { return {.track = true, .tracker = kLookAhead}; }

// Somebody who stands at `x`.
Person Standing(double x) {
  Person person{.keypoints = {}, .score = 1};
  for (int k = 0; k < 18; ++k) {
    person.keypoints.push_back({static_cast<float>(x + 10 * (k % 3)), static_cast<float>(100 + 12 * k), 0.8f});
  }
  return person;
}

std::unique_ptr<Task> VideoFrame(int64_t number, std::vector<Person> people, size_t input = 0) {
  auto task = std::make_unique<Task>();
  task->number = number;
  task->frame.input = input;
  task->frame.kind = media::InputKind::kVideo;
  task->frame.seconds = kStep * static_cast<double>(number);
  task->record.source = fmt::format("video{}.mp4", input);
  task->record.frame = number;
  task->record.people = std::move(people);
  return task;
}

// All that comes out, in order; checks that the stage keeps its word about how much waits.
TrackingStage::Tasks PassAll(const FollowOptions& options, TrackingStage::Tasks tasks, bool finish = true) {
  TrackingStage stage = TrackingStage::Create(options).value();
  TrackingStage::Tasks decided;
  decided.reserve(tasks.size());
  size_t pushed = 0;
  for (std::unique_ptr<Task>& task : tasks) {
    stage.Push(std::move(task), &decided);
    EXPECT_LE(++pushed - decided.size(), stage.most_waiting());
  }
  if (finish) stage.Finish(&decided);
  return decided;
}

std::vector<std::vector<int64_t>> Ids(const TrackingStage::Tasks& tasks) {
  std::vector<std::vector<int64_t>> ids;
  for (const auto& task : tasks) ids.push_back(task->record.person_ids);
  return ids;
}

// Two people, the second from frame `second_from` on.
TrackingStage::Tasks Film(int frames, int second_from) {
  TrackingStage::Tasks tasks;
  for (int i = 0; i < frames; ++i) {
    std::vector<Person> people = {Standing(100 + i)};
    if (i >= second_from) people.push_back(Standing(500 - i));
    tasks.push_back(VideoFrame(i, std::move(people)));
  }
  return tasks;
}

TEST(TrackingStageTest, WithoutTrackingFramesPass) {
  const auto out = PassAll({}, Film(3, 1));
  ASSERT_EQ(out.size(), 3u);
  EXPECT_THAT(Ids(out), Each(IsEmpty()));
}

TEST(TrackingStageTest, WithoutLookAheadTheFirstSightingsHaveNoId) {
  EXPECT_THAT(Ids(PassAll(kAtOnce, Film(5, 5))),
              ElementsAre(ElementsAre(-1), ElementsAre(-1), ElementsAre(0), ElementsAre(0), ElementsAre(0)));
}

TEST(TrackingStageTest, WithLookAheadEverySightingHasOne) {
  const auto out = PassAll(WithLookAhead(), Film(20, 7));
  ASSERT_EQ(out.size(), 20u);
  for (size_t i = 0; i < out.size(); ++i) {
    EXPECT_EQ(out[i]->record.frame, static_cast<int64_t>(i));
    EXPECT_THAT(out[i]->record.person_ids, i < 7 ? std::vector<int64_t>{0} : (std::vector<int64_t>{0, 1})) << i;
  }
}

// Somebody is smoothed from the first sighting on, too: the filter begins there.
TEST(TrackingStageTest, SmoothingBeginsWithTheFirstSighting) {
  FollowOptions options = WithLookAhead();
  options.smooth = true;
  const auto out = PassAll(options, Film(6, 9));
  ASSERT_EQ(out.size(), 6u);
  for (size_t i = 0; i < out.size(); ++i) {
    ASSERT_EQ(out[i]->record.found_keypoints.size(), 1u);
    const float found = out[i]->record.found_keypoints[0][0].x, smooth = out[i]->record.people[0].keypoints[0].x;
    EXPECT_FLOAT_EQ(found, 100 + static_cast<float>(i));
    EXPECT_EQ(smooth<found, i> 0) << smooth << " of " << found;
  }
}

TEST(TrackingStageTest, FramesWithErrorsKeepTheirPlace) {
  TrackingStage::Tasks film = Film(30, 99);
  for (const size_t bad : {1, 2, 3, 20}) {
    film[bad]->record.people.clear();
    film[bad]->record.error = "damaged";
  }
  const auto out = PassAll(WithLookAhead(), std::move(film));
  ASSERT_EQ(out.size(), 30u);
  for (size_t i = 0; i < out.size(); ++i) {
    EXPECT_EQ(out[i]->record.frame, static_cast<int64_t>(i));
    EXPECT_THAT(out[i]->record.person_ids,
                out[i]->record.error.empty() ? std::vector<int64_t>{0} : std::vector<int64_t>{});
  }
}

TEST(TrackingStageTest, EveryVideoIsAFilmOfItsOwn) {
  TrackingStage::Tasks tasks = Film(4, 9);
  for (int i = 0; i < 4; ++i) tasks.push_back(VideoFrame(i, {Standing(103 + i)}, 1));
  // The third one has two frames only: too few for an id.
  for (int i = 0; i < 2; ++i) tasks.push_back(VideoFrame(i, {Standing(106 + i)}, 2));
  EXPECT_THAT(Ids(PassAll(WithLookAhead(), std::move(tasks))),
              ElementsAre(ElementsAre(0), ElementsAre(0), ElementsAre(0), ElementsAre(0), ElementsAre(1),
                          ElementsAre(1), ElementsAre(1), ElementsAre(1), ElementsAre(-1), ElementsAre(-1)));
}

TEST(TrackingStageTest, FramesOfAnEarlierRunTellWhoIsWho) {
  const auto earlier = PassAll(WithLookAhead(), Film(20, 7));
  const auto resumed = [&](int known, const std::function<void(Task*)>& change = {}) {
    TrackingStage::Tasks tasks = Film(20, 7);
    for (int i = 0; i < known; ++i) {
      tasks[i]->known = true;
      tasks[i]->record = earlier[i]->record;
      if (change) change(tasks[i].get());
    }
    return PassAll(WithLookAhead(), std::move(tasks));
  };
  for (int known = 0; known <= 20; ++known) {
    const auto out = resumed(known);
    EXPECT_EQ(Ids(out), Ids(earlier)) << known;
    for (const auto& task : out) EXPECT_TRUE(task->status.ok()) << task->status.message();
  }
  // The earlier run ended too early to know.
  const auto early = resumed(2, [](Task* task) { task->record.person_ids[0] = kNoId; });
  for (const auto& task : early) EXPECT_TRUE(task->status.ok()) << task->status.message();
  EXPECT_THAT(early[1]->record.person_ids, ElementsAre(kNoId)) << "what was written stays";
  EXPECT_THAT(early[2]->record.person_ids, ElementsAre(0));
  const auto others = resumed(5, [](Task* task) { task->record.person_ids[0] += 7; });
  EXPECT_THAT(others[0]->status.message(),
              HasSubstr("video0.mp4 frame 0: the people of the earlier run are not those"));
}

TEST(TrackingStageTest, PeopleOfAnotherSkeletonEndTheRun) {
  TrackingStage::Tasks film = Film(3, 9);
  film[1]->record.people[0].keypoints.resize(17);
  const auto out = PassAll(WithLookAhead(), std::move(film));
  ASSERT_EQ(out.size(), 3u);
  EXPECT_THAT(out[1]->status.message(), HasSubstr("person 0 has 17 keypoints"));
}

// A source of the film, and an analyser that finds its people.
class FilmSource : public media::Source {
 public:
  Result<bool> Next(media::Frame* frame) override {
    if (next_ == 20) return false;
    *frame = media::Frame();
    frame->source = "video0.mp4";
    frame->kind = media::InputKind::kVideo;
    frame->number = next_;
    frame->seconds = kStep * static_cast<double>(next_++);
    frame->image = media::Image::OfSize(4, 4);
    return true;
  }
  std::optional<int64_t> expected_frames() override { return 20; }

 private:
  int64_t next_ = 0;
};

class FilmAnalyser : public FrameAnalyser {
 public:
  void Analyse(Task* task) override { task->record.people = Film(20, 7)[task->number]->record.people; }
};

class IdSink : public FrameSink {
 public:
  Result<bool> Commit(Task* task, StageTimes*) override {
    ids.push_back(task->record.person_ids);
    return static_cast<int>(ids.size()) != enough;
  }
  Status Finish(RunEnd) override { return Status(); }
  std::vector<std::vector<int64_t>> ids;
  int enough = -1;
};

TEST(TrackingStageTest, InThePipeline) {
  const auto expected = Ids(PassAll(WithLookAhead(), Film(20, 7)));
  for (const bool low_latency : {false, true}) {
    for (const int lanes : {1, 3}) {
      FilmSource source;
      IdSink sink;
      const auto pipeline = Pipeline::Create(
          {.follow = WithLookAhead(), .lanes = lanes, .low_latency = low_latency}, source,
          [](StageTimes*) { return std::make_unique<FilmAnalyser>(); }, sink);
      const Status status = (*pipeline)->Run();
      EXPECT_TRUE(status.ok()) << status.message();
      EXPECT_EQ(sink.ids, expected);
    }
  }
}

// What is written before a run is stopped is what a whole run writes: it can be resumed.
TEST(TrackingStageTest, AStoppedRunWritesNothingThatIsNotDecided) {
  const auto expected = Ids(PassAll(WithLookAhead(), Film(20, 7)));
  for (int enough = 1; enough < 20; ++enough) {
    FilmSource source;
    IdSink sink;
    sink.enough = enough;
    const auto pipeline = Pipeline::Create(
        {.follow = WithLookAhead(), .lanes = 2}, source, [](StageTimes*) { return std::make_unique<FilmAnalyser>(); },
        sink);
    EXPECT_TRUE((*pipeline)->Run().ok());
    ASSERT_GE(sink.ids.size(), static_cast<size_t>(enough));
    EXPECT_TRUE(std::equal(sink.ids.begin(), sink.ids.end(), expected.begin())) << "stopped after " << enough;
  }
}

}  // namespace
}  // namespace sinew::pipeline
