// The packed weights of a model's plans, each packed once.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "program/writer.h"

namespace sinew::plan {

class PackedWeights {
 public:
  PackedWeights() = default;
  // For plans that are made to look at: packs nothing, and all blobs are number 0.
  struct Nothing {};
  explicit PackedWeights(Nothing) : packs_(false) {}

  // The blob of `weights` as `algorithm` packs them, of `type` and `bytes` in all. `shape` is what the packing depends
  // on besides the values, as text. `pack` is called only where no plan has asked for the same before.
  uint32_t Pack(std::string_view algorithm, std::string_view shape, std::span<const float> weights,
                program::DataType type, size_t bytes, const std::function<void(float* packed)>& pack);
  // Values per channel, padded with zeros to whole blocks.
  uint32_t AddPerChannel(std::span<const float> values);

  const program::BlobPool& pool() const { return pool_; }
  program::BlobPool TakePool() && { return std::move(pool_); }

 private:
  bool packs_ = true;
  program::BlobPool pool_;
  std::unordered_map<std::string, uint32_t> by_source_;
};

}  // namespace sinew::plan
