// Order out of disorder, with several threads on both ends.
#include "pipeline/ordered_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

namespace sinew::pipeline {
namespace {

using ::testing::ElementsAre;

TEST(OrderedQueueTest, ItemsLeaveInOrder) {
  OrderedQueue<int> queue(4);
  queue.Put(2, 12);
  queue.Put(0, 10);
  queue.Put(1, 11);
  queue.Close(3);
  std::vector<int> taken;
  for (int item; queue.Take(&item);) taken.push_back(item);
  EXPECT_THAT(taken, ElementsAre(10, 11, 12));
}

TEST(OrderedQueueTest, ClosedWhileOneWaits) {
  OrderedQueue<int> queue(4);
  std::atomic<int> ended = 0;
  std::vector<std::thread> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.emplace_back([&] {
      int item;
      while (queue.Take(&item)) {
      }
      ++ended;
    });
  }
  queue.Put(0, 1);
  queue.Close(1);
  for (std::thread& thread : waiting) thread.join();
  EXPECT_EQ(ended, 3);
}

TEST(OrderedQueueTest, ManyThreads) {
  constexpr int kItems = 20000, kThreads = 4, kSlots = 7;
  OrderedQueue<int> first(kSlots), second(kSlots);
  Slots slots(kSlots);
  std::atomic<int> in_flight = 0, most = 0;
  std::vector<int> followed;  // guarded by the queue
  std::vector<std::thread> workers;
  for (int i = 0; i < kThreads; ++i) {
    workers.emplace_back([&, i] {
      std::mt19937 random(static_cast<unsigned>(i));
      int item;
      while (first.Take(&item, [&](int& value) { followed.push_back(value); })) {
        if (random() % 8 == 0) std::this_thread::yield();
        second.Put(item, item);
      }
    });
  }
  std::thread reader([&] {
    for (int i = 0; i < kItems; ++i) {
      slots.Acquire();
      most = std::max(most.load(), ++in_flight);
      first.Put(i, i);
    }
    first.Close(kItems);
    second.Close(kItems);
  });
  int expected = 0;
  for (int item; second.Take(&item); ++expected) {
    ASSERT_EQ(item, expected);
    --in_flight;
    slots.Release();
  }
  reader.join();
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(expected, kItems);
  EXPECT_TRUE(std::is_sorted(followed.begin(), followed.end()));
  EXPECT_LE(most, kSlots);
}

}  // namespace
}  // namespace sinew::pipeline
