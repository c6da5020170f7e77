// A map of disjoint runs, cut where a new one begins or ends inside of them.
#include "program/arena_types.h"

#include <algorithm>
#include <iterator>

namespace sinew::program {

// The first run that ends behind `begin`.
ArenaTypes::Runs::iterator ArenaTypes::FirstBehind(uint64_t begin) {
  auto run = runs_.upper_bound(begin);
  if (run != runs_.begin() && std::prev(run)->second.end > begin) --run;
  return run;
}

void ArenaTypes::Write(uint64_t begin, uint64_t end, DataType type) {
  auto run = FirstBehind(begin);
  while (run != runs_.end() && run->first < end) {
    const auto [first, old] = *run;
    run = runs_.erase(run);
    if (first < begin) runs_.emplace(first, Run{begin, old.type});
    if (old.end > end) runs_.emplace(end, Run{old.end, old.type});
  }
  runs_.emplace(begin, Run{end, type});
}

std::optional<DataType> ArenaTypes::FindOther(uint64_t begin, uint64_t end, DataType type) {
  const auto first = FirstBehind(begin);
  auto last = first;
  uint64_t whole_begin = begin, whole_end = end;
  for (; last != runs_.end() && last->first < end; ++last) {
    if (last->second.type != type) return last->second.type;
    whole_begin = std::min(whole_begin, last->first);
    whole_end = std::max(whole_end, last->second.end);
  }
  // One from now on, so that nobody goes through them again.
  runs_.erase(first, last);
  runs_.emplace(whole_begin, Run{whole_end, type});
  return std::nullopt;
}

}  // namespace sinew::program
