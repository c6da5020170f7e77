// What is not wished follows from the other, and from the processors.
#include "service/core_choice.h"

#include <algorithm>

#include "base/error.h"

namespace sinew::service {

Result<CoreChoice> ChooseCores(int threads, int lanes, bool one_at_a_time, int processors) {
  constexpr int kMost = 1024;
  if (threads < 0 || threads > kMost) return InvalidArgument("{} threads: must be 1 to {}", threads, kMost);
  if (lanes < 0 || lanes > kMost) return InvalidArgument("{} networks side by side: must be 1 to {}", lanes, kMost);
  CoreChoice choice{lanes, threads};
  if (threads == 0) choice.threads = lanes > 0 ? std::max(1, processors / lanes) : one_at_a_time ? processors : 1;
  if (lanes == 0) choice.lanes = one_at_a_time ? 1 : std::max(1, processors / choice.threads);
  return choice;
}

Result<CoreChoice> ChooseStreams(int streams, bool one_at_a_time) {
  constexpr int kMost = 64, kStages = 3;
  if (streams < 0 || streams > kMost) return InvalidArgument("{} streams: must be 1 to {}", streams, kMost);
  return CoreChoice{streams > 0 ? streams : one_at_a_time ? 1 : kStages, 1};
}

}  // namespace sinew::service
