// Packing, and the memory of what was packed.
#include "compiler/plan/packed_weights.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "backends/cpu/channel_block.h"
#include "base/aligned_buffer.h"
#include "base/error.h"

namespace sinew::plan {

uint32_t PackedWeights::Pack(std::string_view algorithm, std::string_view shape, std::span<const float> weights,
                             program::DataType type, size_t bytes, const std::function<void(float* packed)>& pack) {
  if (!packs_) return 0;
  const XXH128_hash_t hash = XXH3_128bits(weights.data(), weights.size_bytes());
  const std::string source = fmt::format("{} {} {:016x}{:016x}", algorithm, shape, hash.high64, hash.low64);
  if (const auto it = by_source_.find(source); it != by_source_.end()) return it->second;
  AlignedBuffer<std::byte> packed(bytes);
  // Every byte of the artifact must follow from the model, gaps of a layout included.
  std::fill(packed.begin(), packed.end(), std::byte{0});
  pack(reinterpret_cast<float*>(packed.data()));
  return by_source_[source] = pool_.Add(type, std::move(packed));
}

uint32_t PackedWeights::AddPerChannel(std::span<const float> values) {
  if (!packs_) return 0;
  std::vector<float> padded(values.begin(), values.end());
  padded.resize(static_cast<size_t>(cpu::RoundUpToChannelBlock(static_cast<int>(values.size()))), 0.0f);
  return pool_.Add(padded);
}

}  // namespace sinew::plan
