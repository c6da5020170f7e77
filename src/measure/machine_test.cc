// What the system says of itself, and whose processor time is whose.
#include "measure/machine.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <thread>
#include <vector>

namespace sinew::measure {
namespace {

void Spin(std::chrono::milliseconds duration) {
  const auto end = std::chrono::steady_clock::now() + duration;
  while (std::chrono::steady_clock::now() < end) {
  }
}

TEST(Machine, IsDescribed) {
  const documents::Machine machine = ThisMachine();
  EXPECT_NE(machine.processor, "");
  EXPECT_GE(machine.processors, 1);
  EXPECT_GT(machine.memory_bytes, uint64_t{64} << 20);
  EXPECT_GE(machine.megahertz, 0);
}

TEST(Machine, PeakMemoryCountsWhatWasTouched) {
  const uint64_t before = PeakMemoryBytes();
  std::vector<char> block(before + (size_t{32} << 20));
  std::memset(block.data(), 1, block.size());
  EXPECT_EQ(block[block.size() / 2], 1);
  EXPECT_GE(PeakMemoryBytes(), before + (size_t{32} << 20));
}

TEST(OthersLoad, SeesAnotherProcess) {
  constexpr std::chrono::milliseconds kTime(500);
  const OthersLoad load;
  const pid_t child = fork();
  if (child == 0) {
    Spin(kTime);
    _exit(0);
  }
  ASSERT_GT(child, 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  // One processor's worth, if the child had one all the time; a quarter where it had to share.
  const double processors = static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
  EXPECT_GT(load.Share() * processors, 0.25);
  EXPECT_LE(load.Share(), 1);
}

TEST(OthersLoad, LeavesOutThisProcess) {
  const unsigned processors = std::max(1u, std::thread::hardware_concurrency());
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t own_start = std::clock();
  const OthersLoad load;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < processors; ++i) threads.emplace_back(Spin, std::chrono::milliseconds(400));
  for (std::thread& thread : threads) thread.join();
  const double share = load.Share();
  const double own = static_cast<double>(std::clock() - own_start) / CLOCKS_PER_SEC;
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  // No processor was idle, so that others had what this process had not; half of its own part allows for ticks.
  EXPECT_LE(share, 1 - 0.5 * own / wall / processors);
}

}  // namespace
}  // namespace sinew::measure
