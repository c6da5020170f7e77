// Greedy by size placement of buffers in the arena.
#include "compiler/plan/arena.h"

#include <algorithm>
#include <numeric>

#include "base/checked_math.h"
#include "base/error.h"

namespace sinew::plan {
namespace {

constexpr int64_t kAlignment = kCacheLineBytes;
constexpr int64_t kMaxArenaBytes = int64_t{1} << 38;

Result<int64_t> BufferSize(const Buffer& buffer) {
  const auto plane = CheckedMul(buffer.height, buffer.width);
  const auto elements = plane ? CheckedMul(*plane, buffer.pixel_stride()) : plane;
  const auto bytes =
      elements ? CheckedMul(*elements, static_cast<int64_t>(program::ElementBytes(buffer.type))) : elements;
  if (!bytes || *bytes > kMaxArenaBytes) {
    return TooLarge("a tensor of {}x{}x{} does not fit into memory: use a smaller resolution", buffer.height,
                    buffer.width, buffer.channels);
  }
  return (*bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

Result<ArenaPlan> PlanArena(std::span<const Buffer> buffers) {
  ArenaPlan plan;
  plan.offsets.resize(buffers.size());
  std::vector<uint64_t> sizes;
  for (const Buffer& buffer : buffers) {
    SINEW_ASSIGN_OR_RETURN(const int64_t size, BufferSize(buffer));
    sizes.push_back(static_cast<uint64_t>(size));
    plan.bytes_without_reuse += sizes.back();
  }
  std::vector<size_t> by_size(buffers.size());
  std::iota(by_size.begin(), by_size.end(), size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(), [&](size_t a, size_t b) { return sizes[a] > sizes[b]; });

  std::vector<size_t> placed;  // by offset
  for (const size_t index : by_size) {
    uint64_t offset = 0;
    for (const size_t other : placed) {
      const bool together = buffers[index].begin <= buffers[other].end && buffers[other].begin <= buffers[index].end;
      if (!together) continue;
      if (offset + sizes[index] <= plan.offsets[other]) break;
      offset = std::max(offset, plan.offsets[other] + sizes[other]);
    }
    plan.offsets[index] = offset;
    plan.bytes = std::max(plan.bytes, offset + sizes[index]);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), index,
                                   [&](size_t a, size_t b) { return plan.offsets[a] < plan.offsets[b]; }),
                  index);
  }
  if (plan.bytes > static_cast<uint64_t>(kMaxArenaBytes)) {
    return TooLarge("the network needs an arena of {} bytes: use a smaller resolution", plan.bytes);
  }
  return plan;
}

}  // namespace sinew::plan
