// Turns, refusals, deadlines and the end.
#include "serving/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <semaphore>
#include <vector>

namespace sinew::serving {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A task that waits until it is let go.
struct Gate {
  std::promise<Turn> begun;
  std::promise<void> let_go;
  Task MakeTask() {
    Task task;
    task.run = [this](const Turn& turn) {
      begun.set_value(turn);
      let_go.get_future().wait();
    };
    task.drop = [](const Error& error) { ADD_FAILURE() << error.message; };
    return task;
  }
  Turn WaitForTurn() { return begun.get_future().get(); }
};

TEST(SchedulerTest, WhoComesAloneGetsAllProcessorsAndTheOthersOneEach) {
  Scheduler scheduler({.processors = 2, .max_queue = 8});
  Gate first, second;
  EXPECT_FALSE(scheduler.Submit(first.MakeTask()));
  const Turn alone = first.WaitForTurn();
  EXPECT_EQ(alone.threads, 2);
  EXPECT_EQ(alone.slot, scheduler.slots() - 1);
  EXPECT_FALSE(scheduler.Submit(second.MakeTask()));
  const Turn beside = second.WaitForTurn();
  EXPECT_EQ(beside.threads, 1);
  EXPECT_LT(beside.slot, 2);
  first.let_go.set_value();
  second.let_go.set_value();
  EXPECT_TRUE(scheduler.Drain(Clock::now() + seconds(10)));
  EXPECT_EQ(scheduler.wide_turns(), 1);
}

TEST(SchedulerTest, StreamsOfAGpuShareNothing) {
  const SchedulerOptions streams = {.processors = 2, .can_share = false};
  EXPECT_EQ(Scheduler::SlotThreads(streams), std::vector<int>({1, 1}));
  EXPECT_EQ(Scheduler::SlotThreads({.processors = 3}), std::vector<int>({1, 1, 1, 3}));
  EXPECT_EQ(Scheduler::SlotThreads({.processors = 1}), std::vector<int>({1}));
  Scheduler scheduler(streams);
  EXPECT_EQ(scheduler.slots(), 2);
  Gate alone;
  EXPECT_FALSE(scheduler.Submit(alone.MakeTask()));
  EXPECT_EQ(alone.WaitForTurn().threads, 1);
  alone.let_go.set_value();
}

TEST(SchedulerTest, TasksAreReadAheadOfTheirTurnsButNotFar) {
  std::atomic<int> read = 0;
  Gate running, waiting[4];
  Scheduler scheduler({.processors = 1, .max_queue = 8});
  EXPECT_FALSE(scheduler.Submit(running.MakeTask()));
  running.WaitForTurn();
  std::promise<std::thread::id> reader;
  for (Gate& gate : waiting) {
    Task task = gate.MakeTask();
    task.prepare = [&]() -> std::optional<Error> {
      if (read++ == 0) reader.set_value(std::this_thread::get_id());
      return std::nullopt;
    };
    EXPECT_FALSE(scheduler.Submit(std::move(task)));
  }
  EXPECT_NE(reader.get_future().get(), std::thread::id()) << "one is read while another has its turn";
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(read, 1) << "one a worker";
  running.let_go.set_value();
  for (Gate& gate : waiting) gate.let_go.set_value();
  EXPECT_TRUE(scheduler.Drain(Clock::now() + seconds(10)));
  EXPECT_EQ(read, 4);
}

TEST(SchedulerTest, WhatCannotBeReadHasNoTurn) {
  Scheduler scheduler({.processors = 1, .max_queue = 8});
  std::promise<Error> dropped;
  Task task;
  task.prepare = [] { return BadInput("no picture"); };
  task.run = [](const Turn&) { ADD_FAILURE() << "was begun"; };
  task.drop = [&](const Error& error) { dropped.set_value(error); };
  EXPECT_FALSE(scheduler.Submit(std::move(task)));
  EXPECT_EQ(dropped.get_future().get().message, "no picture");
  EXPECT_TRUE(scheduler.Drain(Clock::now() + seconds(10)));
}

TEST(SchedulerTest, WhatIsContinuedWaitsBehindTheOthers) {
  std::vector<int> order;
  Gate running;
  Scheduler scheduler({.processors = 1, .max_queue = 2});
  EXPECT_FALSE(scheduler.Submit(running.MakeTask()));
  running.WaitForTurn();
  const auto fail = [](const Error& error) { ADD_FAILURE() << error.message; };
  const auto note = [&order](int number) { return [&order, number](const Turn&) { order.push_back(number); }; };
  Task first;
  first.run = [&](const Turn& turn) {
    note(1)(turn);
    Task rest;
    rest.run = note(3);
    rest.drop = fail;
    scheduler.Continue(std::move(rest));
  };
  first.drop = fail;
  Task second;
  second.run = note(2);
  second.drop = fail;
  EXPECT_FALSE(scheduler.Submit(std::move(first)));
  EXPECT_FALSE(scheduler.Submit(std::move(second)));
  running.let_go.set_value();
  EXPECT_TRUE(scheduler.Drain(Clock::now() + seconds(10)));
  EXPECT_THAT(order, ::testing::ElementsAre(1, 2, 3));
}

TEST(SchedulerTest, AFullQueueRefusesAtOnce) {
  Scheduler scheduler({.processors = 1, .max_queue = 2});
  Gate running, waiting[2];
  EXPECT_FALSE(scheduler.Submit(running.MakeTask()));
  running.WaitForTurn();
  for (Gate& gate : waiting) EXPECT_FALSE(scheduler.Submit(gate.MakeTask()));
  EXPECT_EQ(scheduler.waiting(), 2u);
  Gate refused;
  const auto error = scheduler.Submit(refused.MakeTask());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::kOverloaded);
  EXPECT_GE(error->retry_after_seconds, 1);
  running.let_go.set_value();
  for (Gate& gate : waiting) gate.let_go.set_value();
  EXPECT_TRUE(scheduler.Drain(Clock::now() + seconds(10)));
}

TEST(SchedulerTest, WhatIsLateOrNotWantedIsNotBegun) {
  Scheduler scheduler({.processors = 1, .max_queue = 8});
  Gate running;
  EXPECT_FALSE(scheduler.Submit(running.MakeTask()));
  running.WaitForTurn();
  std::vector<ErrorKind> dropped;
  const auto submit = [&](Clock::time_point deadline, CancelFlag cancelled) {
    Task task;
    task.deadline = deadline;
    task.cancelled = std::move(cancelled);
    task.run = [](const Turn&) { ADD_FAILURE() << "was begun"; };
    task.drop = [&](const Error& error) { dropped.push_back(error.kind); };
    EXPECT_FALSE(scheduler.Submit(std::move(task)));
  };
  auto gone = std::make_shared<std::atomic<bool>>(false);
  submit(Clock::now(), nullptr);
  submit(Clock::time_point::max(), gone);
  *gone = true;
  std::this_thread::sleep_for(milliseconds(2));
  running.let_go.set_value();
  EXPECT_TRUE(scheduler.Drain(Clock::now() + seconds(10)));
  EXPECT_THAT(dropped, ::testing::ElementsAre(ErrorKind::kLate, ErrorKind::kCancelled));
}

TEST(SchedulerTest, DrainingFinishesWhatWasTakenAndTakesNothing) {
  Scheduler scheduler({.processors = 2, .max_queue = 8});
  Gate running;
  EXPECT_FALSE(scheduler.Submit(running.MakeTask()));
  running.WaitForTurn();
  EXPECT_FALSE(scheduler.Drain(Clock::now() + milliseconds(5))) << "one is still at work";
  Gate late;
  const auto error = scheduler.Submit(late.MakeTask());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::kStopping);
  running.let_go.set_value();
  EXPECT_TRUE(scheduler.Drain(Clock::now() + seconds(10)));
}

TEST(SchedulerTest, TheEndDropsWhatWaits) {
  Gate running;
  std::promise<ErrorKind> dropped;
  std::thread opener;
  {
    Scheduler scheduler({.processors = 1, .max_queue = 8});
    EXPECT_FALSE(scheduler.Submit(running.MakeTask()));
    running.WaitForTurn();
    Task task;
    task.run = [](const Turn&) { ADD_FAILURE() << "was begun"; };
    task.drop = [&](const Error& error) { dropped.set_value(error.kind); };
    EXPECT_FALSE(scheduler.Submit(std::move(task)));
    // What runs is let go once the one that waits was dropped: the end does not wait the other way round.
    opener = std::thread([&, kind = dropped.get_future()]() mutable {
      EXPECT_EQ(kind.get(), ErrorKind::kStopping);
      running.let_go.set_value();
    });
  }
  opener.join();
}

TEST(SchedulerTest, EveryTaskEndsOnceUnderLoadFromManyThreads) {
  constexpr int kThreads = 8, kTasks = 400;
  std::atomic<int> run = 0, refused = 0, dropped = 0;
  std::atomic<bool> slot_in_use[3] = {};
  {
    Scheduler scheduler({.processors = 2, .max_queue = 4});
    ThreadGroup clients;
    for (int i = 0; i < kThreads; ++i) {
      clients.Start([&] {
        for (int j = 0; j < kTasks; ++j) {
          Task task;
          task.run = [&](const Turn& turn) {
            EXPECT_FALSE(slot_in_use[turn.slot].exchange(true)) << "a slot belongs to one thread";
            ++run;
            std::this_thread::yield();
            slot_in_use[turn.slot] = false;
          };
          task.drop = [&](const Error&) { ++dropped; };
          if (scheduler.Submit(std::move(task))) ++refused;
        }
      });
    }
    clients.Join();
    EXPECT_TRUE(scheduler.Drain(Clock::now() + seconds(30)));
  }
  EXPECT_EQ(run + refused + dropped, kThreads * kTasks);
  EXPECT_GT(run, 0);
}

}  // namespace
}  // namespace sinew::serving
