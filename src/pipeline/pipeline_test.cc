// The pipeline with made-up sources, analysers and sinks: order, errors, back-pressure, stopping. Run under the thread
// sanitizer too.
#include "pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include "base/error.h"

namespace sinew::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Frames "p0", "p1" ...; `count` of them.
class FakeSource : public media::Source {
 public:
  explicit FakeSource(int64_t count) : count_(count) {}
  Result<bool> Next(media::Frame* frame) override {
    if (next == fail_at) return IoError("the source broke");
    if (next == throw_at) throw std::bad_alloc();
    if (next == count_ || (stop != nullptr && *stop)) return false;
    *frame = media::Frame();
    frame->source = fmt::format("p{}", next);
    frame->input = static_cast<size_t>(next);
    frame->image = media::Image::OfSize(4, 4);
    if (next == bad_frame) frame->error = frame->source + ": is damaged";
    ++next;
    return true;
  }
  std::optional<int64_t> expected_frames() override { return count_; }

  std::atomic<int64_t> next = 0;
  int64_t fail_at = -1, throw_at = -1, bad_frame = -1;
  const std::atomic<bool>* stop = nullptr;

 private:
  const int64_t count_;
};

// Takes its time at random, and finds one person in each frame: its score is the frame's number.
class FakeAnalyser : public FrameAnalyser {
 public:
  void Analyse(Task* task) override {
    std::this_thread::sleep_for(std::chrono::microseconds(random_() % 300));
    if (task->number == throw_at) throw std::bad_alloc();
    task->record.error = task->frame.error;
    if (!task->record.error.empty()) return;
    Person person;
    person.score = static_cast<float>(task->number);
    task->record.people = {person};
  }
  int64_t throw_at = -1;

 private:
  std::mt19937 random_{static_cast<unsigned>(reinterpret_cast<uintptr_t>(this) >> 4)};
};

AnalyserFactory FakeAnalysers(int64_t throw_at = -1) {
  return [throw_at](StageTimes*) {
    auto analyser = std::make_unique<FakeAnalyser>();
    analyser->throw_at = throw_at;
    return analyser;
  };
}

class FakeSink : public FrameSink {
 public:
  bool has_files() const override { return true; }
  bool HasKnownRecord() const override { return next_known_ < known; }
  Status NextKnownRecord(Task*) override {
    ++next_known_;
    return Status();
  }
  Status WriteFiles(Task* task, StageTimes*) const override {
    if (task->number == throw_in_files_at) throw std::runtime_error("no more ink");
    return task->number == fail_files_at ? IoError("disk full") : Status();
  }
  Result<bool> Commit(Task* task, StageTimes*) override {
    if (slow) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (on_commit) on_commit(*task);
    if (task->number == fail_commit_at) return IoError("disk full");
    if (task->number == throw_in_commit_at) throw std::bad_alloc();
    numbers.push_back(task->number);
    errors.push_back(task->record.error);
    return task->number != enough_at;
  }
  Status Finish(RunEnd how) override {
    ends.push_back(how);
    return finish_status;
  }

  int64_t known = 0, fail_files_at = -1, throw_in_files_at = -1, fail_commit_at = -1, throw_in_commit_at = -1,
          enough_at = -1;
  bool slow = false;
  std::function<void(const Task&)> on_commit;
  Status finish_status;
  std::vector<int64_t> numbers;
  std::vector<std::string> errors;
  std::vector<RunEnd> ends;

 private:
  int64_t next_known_ = 0;
};

std::vector<int64_t> Range(int64_t end) {
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < end; ++i) numbers.push_back(i);
  return numbers;
}

struct Ran {
  Status status;
  PipelineReport report;
};
Ran RunAll(media::Source& source, FrameSink& sink, PipelineOptions options = {.lanes = 3},
           AnalyserFactory analysers = FakeAnalysers()) {
  const auto pipeline = Pipeline::Create(options, source, std::move(analysers), sink);
  EXPECT_TRUE(pipeline.ok()) << pipeline.status().message();
  const Status status = (*pipeline)->Run();
  return {status, (*pipeline)->report()};
}

TEST(PipelineTest, FramesArriveInOrderWhateverTheThreadsDo) {
  FakeSource source(300);
  FakeSink sink;
  std::vector<float> scores;
  sink.on_commit = [&](const Task& task) { scores.push_back(task.record.people.at(0).score); };
  const Ran ran = RunAll(source, sink, {.lanes = 4});
  ASSERT_TRUE(ran.status.ok()) << ran.status.message();
  EXPECT_EQ(sink.numbers, Range(300));
  EXPECT_TRUE(std::is_sorted(scores.begin(), scores.end()));
  EXPECT_EQ(ran.report.frames, 300);
  EXPECT_EQ(ran.report.people, 300);
  EXPECT_EQ(ran.report.lanes, 4);
  EXPECT_FALSE(ran.report.stopped);
  EXPECT_THAT(sink.ends, ElementsAre(RunEnd::kComplete));
}

TEST(PipelineTest, NothingAtAll) {
  FakeSource source(0);
  FakeSink sink;
  EXPECT_TRUE(RunAll(source, sink).status.ok());
  EXPECT_THAT(sink.ends, ElementsAre(RunEnd::kComplete));
}

TEST(PipelineTest, AFrameThatCannotBeReadIsOneError) {
  FakeSource source(20);
  source.bad_frame = 7;
  FakeSink sink;
  const Ran ran = RunAll(source, sink);
  EXPECT_TRUE(ran.status.ok());
  EXPECT_EQ(ran.report.failed, 1);
  EXPECT_EQ(ran.report.frames, 20);
  EXPECT_EQ(sink.errors[7], "p7: is damaged");
}

TEST(PipelineTest, AnExceptionIsTheErrorOfItsFrame) {
  FakeSource source(20);
  FakeSink sink;
  sink.throw_in_files_at = 3;
  const Ran ran = RunAll(source, sink, {.lanes = 2}, FakeAnalysers(7));
  EXPECT_TRUE(ran.status.ok()) << ran.status.message();
  EXPECT_EQ(ran.report.failed, 2);
  EXPECT_EQ(sink.numbers, Range(20));
  EXPECT_EQ(sink.errors[7], "p7: not enough memory");
  EXPECT_EQ(sink.errors[3], "p3: unexpected error: no more ink");
}

TEST(PipelineTest, AnAnalyserThatCannotBeMadeIsTheErrorOfEachFrame) {
  FakeSource source(3);
  FakeSink sink;
  const Ran ran =
      RunAll(source, sink, {.lanes = 2}, [](StageTimes*) -> std::unique_ptr<FrameAnalyser> { throw std::bad_alloc(); });
  EXPECT_TRUE(ran.status.ok());
  EXPECT_EQ(ran.report.failed, 3);
  EXPECT_EQ(sink.errors[2], "p2: not enough memory");
}

TEST(PipelineTest, ASourceThatFailsEndsTheRunAfterWhatItGave) {
  FakeSource source(100);
  source.fail_at = 10;
  FakeSink sink;
  const Ran ran = RunAll(source, sink);
  EXPECT_EQ(ran.status.message(), "the source broke");
  EXPECT_EQ(sink.numbers, Range(10));
  EXPECT_THAT(sink.ends, ElementsAre(RunEnd::kFailed));
}

TEST(PipelineTest, ASourceThatThrowsDoesSo) {
  FakeSource source(100);
  source.throw_at = 10;
  FakeSink sink;
  EXPECT_EQ(RunAll(source, sink).status.message(), "not enough memory");
  EXPECT_EQ(sink.numbers, Range(10));
  EXPECT_THAT(sink.ends, ElementsAre(RunEnd::kFailed));
}

TEST(PipelineTest, ASinkThatFailsEndsTheRunAndStopsTheSource) {
  for (const bool throws : {false, true}) {
    FakeSource source(1'000'000);
    FakeSink sink;
    (throws ? sink.throw_in_commit_at : sink.fail_commit_at) = 5;
    std::atomic<bool> stop = false;
    const Ran ran = RunAll(source, sink, {.lanes = 2, .stop = &stop});
    EXPECT_EQ(ran.status.message(), throws ? "not enough memory" : "disk full");
    EXPECT_EQ(sink.numbers, Range(5));
    EXPECT_TRUE(stop) << "a source that waits must learn of it";
    EXPECT_LT(source.next, 100);
    EXPECT_THAT(sink.ends, ElementsAre(RunEnd::kFailed));
  }
}

TEST(PipelineTest, FilesThatCannotBeWrittenEndTheRunInTheirTurn) {
  FakeSource source(1'000'000);
  FakeSink sink;
  sink.fail_files_at = 12;
  EXPECT_EQ(RunAll(source, sink).status.message(), "disk full");
  EXPECT_EQ(sink.numbers, Range(12));
}

TEST(PipelineTest, AnErrorOfFinishingIsAnError) {
  FakeSource source(2);
  FakeSink sink;
  sink.finish_status = IoError("cannot be renamed");
  EXPECT_EQ(RunAll(source, sink).status.message(), "cannot be renamed");
  EXPECT_EQ(sink.numbers, Range(2));
}

TEST(PipelineTest, ASlowSinkHoldsTheReaderBack) {
  for (const bool low_latency : {false, true}) {
    FakeSource source(60);
    FakeSink sink;
    sink.slow = true;
    int64_t most_ahead = 0;
    sink.on_commit = [&](const Task& task) { most_ahead = std::max(most_ahead, source.next - task.number); };
    EXPECT_TRUE(RunAll(source, sink, {.lanes = 2, .low_latency = low_latency}).status.ok());
    EXPECT_LE(most_ahead, low_latency ? 3 : 6);
    EXPECT_GE(most_ahead, 2) << "side by side";
    EXPECT_EQ(sink.numbers, Range(60));
  }
}

TEST(PipelineTest, StoppingFinishesWhatIsInFlight) {
  FakeSource source(1'000'000);
  FakeSink sink;
  std::atomic<bool> stop = false;
  source.stop = &stop;
  const auto pipeline = Pipeline::Create({.lanes = 3, .stop = &stop}, source, FakeAnalysers(), sink);
  sink.on_commit = [&](const Task& task) {
    if (task.number == 20) (*pipeline)->Stop();
  };
  EXPECT_TRUE((*pipeline)->Run().ok());
  EXPECT_TRUE((*pipeline)->report().stopped);
  EXPECT_EQ(sink.numbers, Range(static_cast<int64_t>(source.next)));
  EXPECT_GE(source.next, 21);
  EXPECT_LT(source.next, 40);
  EXPECT_THAT(sink.ends, ElementsAre(RunEnd::kStopped));
}

TEST(PipelineTest, StoppingFromAnotherThread) {
  FakeSource source(1'000'000'000);
  FakeSink sink;
  const auto pipeline = Pipeline::Create({.lanes = 2}, source, FakeAnalysers(), sink);
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    (*pipeline)->Stop();
  });
  EXPECT_TRUE((*pipeline)->Run().ok());
  other.join();
  EXPECT_EQ(sink.numbers, Range(static_cast<int64_t>(source.next)));
}

TEST(PipelineTest, TheSinkMayHaveEnough) {
  FakeSource source(1'000'000);
  FakeSink sink;
  sink.enough_at = 9;
  const Ran ran = RunAll(source, sink);
  EXPECT_TRUE(ran.status.ok());
  EXPECT_TRUE(ran.report.stopped);
  EXPECT_GE(sink.numbers.size(), 10u);
  EXPECT_THAT(sink.ends, ElementsAre(RunEnd::kStopped));
}

TEST(PipelineTest, FailFastDropsWhatFollowsTheFirstBadFrame) {
  FakeSource source(1'000'000);
  source.bad_frame = 6;
  FakeSink sink;
  const Ran ran = RunAll(source, sink, {.lanes = 3, .fail_fast = true});
  EXPECT_EQ(sink.numbers, Range(7));
  EXPECT_EQ(ran.report.failed, 1);
  EXPECT_THAT(sink.ends, ElementsAre(RunEnd::kFailed));
}

TEST(PipelineTest, KnownFramesAreNotAnalysedAgain) {
  FakeSource source(10);
  FakeSink sink;
  sink.known = 4;
  const Ran ran = RunAll(source, sink);
  EXPECT_EQ(ran.report.known, 4);
  EXPECT_EQ(ran.report.people, 6);
  EXPECT_EQ(sink.numbers, Range(10));
}

TEST(PipelineTest, ACallersExceptionEndsTheRun) {
  FakeSource source(1'000'000);
  FakeSink sink;
  const auto pipeline = Pipeline::Create({.lanes = 2}, source, FakeAnalysers(), sink);
  const Status status = (*pipeline)->Run([](const Task& task, const PipelineReport&) {
    if (task.number == 3) throw std::runtime_error("a callback's own");
  });
  EXPECT_THAT(status.message(), HasSubstr("a callback's own"));
  EXPECT_THAT(sink.ends, ElementsAre(RunEnd::kFailed));
}

TEST(PipelineTest, OptionsOutOfRange) {
  FakeSource source(1);
  FakeSink sink;
  EXPECT_THAT(Pipeline::Create({.lanes = 0}, source, FakeAnalysers(), sink).status().message(), HasSubstr("0 lanes"));
  EXPECT_THAT(Pipeline::Create({.lanes = 100'000}, source, FakeAnalysers(), sink).status().message(),
              HasSubstr("must be 1 to 1024"));
}

#ifndef SINEW_SANITIZED
// Address space that this process has.
rlim_t AddressSpaceBytes() {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

// In a child process, as limits cannot be taken back. The stack of a thread takes 8 MB of address space.
TEST(PipelineDeathTest, FewerThreadsThanAskedForDoTheWork) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto run = [](rlim_t megabytes) {
    const rlim_t bytes = AddressSpaceBytes() + (megabytes << 20);
    const rlimit limit = {bytes, bytes};
    setrlimit(RLIMIT_AS, &limit);
    FakeSource source(200);
    FakeSink sink;
    const Ran ran = RunAll(source, sink, {.lanes = 500});
    const bool degraded = ran.status.ok() && ran.report.lanes >= 1 && ran.report.lanes < 500 &&
                          sink.numbers == Range(200) && ran.report.failed == 0;
    std::exit(degraded ? 0 : ran.status.code() == StatusCode::kUnavailable ? 42 : 1);
  };
  EXPECT_EXIT(run(600), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(run(4), ::testing::ExitedWithCode(42), "");
}
#endif

}  // namespace
}  // namespace sinew::pipeline
