// Checks a plan, and places its tables and the decoder's memory.
#include "backends/cuda/pose/decode_layout.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace sinew::cuda {
namespace {

constexpr size_t kAlignment = 256;  // what cudaMalloc gives
// Upsampled pixels of one keypoint, far above any network's: positions are computed in 32 bits.
constexpr int64_t kMaxPixels = int64_t{1} << 28;

size_t Place(size_t bytes, size_t* end) {
  const size_t at = (*end + kAlignment - 1) / kAlignment * kAlignment;
  *end = at + bytes;
  return at;
}

template <class T>
size_t Append(const std::vector<T>& values, std::vector<std::byte>* bytes) {
  size_t end = bytes->size();
  const size_t at = Place(values.size() * sizeof(T), &end);
  bytes->resize(end);
  if (!values.empty()) std::memcpy(bytes->data() + at, values.data(), values.size() * sizeof(T));
  return at;
}

template <class T>
T* At(void* data, size_t offset) {
  return reinterpret_cast<T*>(static_cast<std::byte*>(data) + offset);
}
template <class T>
const T* At(const void* data, size_t offset) {
  return reinterpret_cast<const T*>(static_cast<const std::byte*>(data) + offset);
}

Status CheckAxis(const char* name, const AxisPlan& axis) {
  const size_t positions = static_cast<size_t>(std::max(axis.positions, 0));
  if (axis.cells < 1 || axis.positions < 1 || axis.first.size() != positions || axis.offset.size() != positions + 1 ||
      axis.offset.front() != 0 || axis.offset.back() != static_cast<int64_t>(axis.weights.size())) {
    return InvalidArgument("decoding plan: the tables of axis {} do not fit {} cells and {} positions", name,
                           axis.cells, axis.positions);
  }
  for (size_t u = 0; u < positions; ++u) {
    const int64_t count = int64_t{axis.offset[u + 1]} - axis.offset[u];
    if (count < 1 || axis.first[u] < 0 || axis.first[u] + count > axis.cells) {
      return InvalidArgument("decoding plan: position {} of axis {} is made of cells {} to {} of {}", u, name,
                             axis.first[u], axis.first[u] + count - 1, axis.cells);
    }
  }
  return Status();
}

Status CheckSmoothing(const DecodePlan& plan) {
  const size_t rows = static_cast<size_t>(plan.y.positions);
  bool fits = plan.row_taps >= 1 && plan.row_taps <= plan.y.cells && plan.row_first.size() == rows &&
              plan.row_weights.size() == rows * static_cast<size_t>(plan.row_taps) && plan.phases >= 1 &&
              plan.column_taps >= 1 && plan.reach_left >= 0 &&
              plan.column_weights.size() == static_cast<size_t>(plan.phases) * static_cast<size_t>(plan.column_taps);
  for (const int32_t first : plan.row_first) fits = fits && first >= 0 && first + plan.row_taps <= plan.y.cells;
  fits = fits && (plan.x.is_whole ? plan.phases * int64_t{plan.x.cells} == plan.x.positions : plan.phases == 1);
  if (!fits)
    return InvalidArgument("decoding plan: the smoothing does not fit maps of {}x{} cells", plan.y.cells, plan.x.cells);
  return Status();
}

Status CheckParts(const DecodePlan& plan) {
  const int parts = static_cast<int>(plan.parts.size());
  const auto is_part = [&](int part) { return part >= 0 && part < parts; };
  bool fits = parts >= 1 && parts <= kMaxMapParts && is_part(plan.heat_part) && is_part(plan.field_part);
  int64_t channels = 0;
  for (const MapPart& part : plan.parts) {
    fits = fits && part.output >= 0 && part.first >= 0 && part.count >= 1;
    channels += part.count;
  }
  if (!fits) return InvalidArgument("decoding plan: {} parts of maps, must be 1 to {}", parts, kMaxMapParts);
  if (int64_t{plan.x.cells} * plan.y.cells * channels > std::numeric_limits<int32_t>::max()) {
    return InvalidArgument("maps of {}x{} cells and {} channels are too large for a GPU", plan.y.cells, plan.x.cells,
                           channels);
  }
  return Status();
}

bool Holds(const MapPart& part, int32_t channel) { return channel >= part.first && channel - part.first < part.count; }

Status CheckSkeleton(const DecodePlan& plan) {
  const MapPart &heat = plan.parts[static_cast<size_t>(plan.heat_part)],
                &fields = plan.parts[static_cast<size_t>(plan.field_part)];
  const int keypoints = static_cast<int>(plan.heat_channels.size());
  for (size_t k = 0; k < plan.heat_channels.size(); ++k) {
    const int32_t channel = plan.heat_channels[k];
    if (!Holds(heat, channel) || std::count(plan.heat_channels.begin(), plan.heat_channels.end(), channel) != 1) {
      return InvalidArgument("decoding plan: keypoint {} takes channel {}, each must take one of its own, {} to {}", k,
                             channel, heat.first, heat.first + heat.count - 1);
    }
  }
  for (size_t l = 0; l < plan.limbs.size(); ++l) {
    const LimbPlan& limb = plan.limbs[l];
    if (std::min(limb.from, limb.to) < 0 || std::max(limb.from, limb.to) >= keypoints ||
        !Holds(fields, limb.channel_x) || !Holds(fields, limb.channel_y)) {
      return InvalidArgument(
          "decoding plan: limb {} joins keypoints {} and {} of {} by channels {} and {}, must be {} to {}", l,
          limb.from, limb.to, keypoints, limb.channel_x, limb.channel_y, fields.first, fields.first + fields.count - 1);
    }
  }
  return Status();
}

}  // namespace

Result<DecodeLayout> DecodeLayout::Create(const DecodePlan& plan, int batch) {
  if (batch < 1) return InvalidArgument("batch of {} pictures: must be 1 or more", batch);
  SINEW_RETURN_IF_ERROR(CheckAxis("x", plan.x));
  SINEW_RETURN_IF_ERROR(CheckAxis("y", plan.y));
  SINEW_RETURN_IF_ERROR(CheckSmoothing(plan));
  SINEW_RETURN_IF_ERROR(CheckParts(plan));
  SINEW_RETURN_IF_ERROR(CheckSkeleton(plan));
  if (!(plan.peak_threshold >= 0) || plan.max_peaks < 1) {
    return InvalidArgument("decoding plan: peak threshold {} and at most {} peaks: must be 0 or more, and 1 or more",
                           plan.peak_threshold, plan.max_peaks);
  }
  if (int64_t{plan.x.positions} * plan.y.positions > kMaxPixels) {
    return InvalidArgument(
        "upsampled maps of {}x{} pixels are too large for a GPU: decrease the resolution or resize_out_ratio",
        plan.x.positions, plan.y.positions);
  }
  DecodeLayout layout;
  layout.PlaceTables(plan);
  layout.PlaceResults(batch);
  const DecodeTables tables = layout.Tables(layout.table_bytes_.data());
  for (int left = 0; left < plan.x.positions; left += kTileWidth) {
    const TileInputs inputs =
        InputsOf(tables, std::max(left - 1, 0), std::min(left + kTileWidth, plan.x.positions - 1));
    if (std::max(inputs.count, inputs.cell_count) > kTileInputs) {
      return InvalidArgument("a filter of {} taps on maps {} cells wide, upsampled to {}: too many for a GPU",
                             plan.column_taps, plan.x.cells, plan.x.positions);
    }
  }
  return layout;
}

void DecodeLayout::PlaceTables(const DecodePlan& plan) {
  const auto append_axis = [&](const AxisPlan& axis) -> AxisOffsets {
    return {Append(axis.first, &table_bytes_), Append(axis.offset, &table_bytes_), Append(axis.weights, &table_bytes_)};
  };
  x_ = append_axis(plan.x), y_ = append_axis(plan.y);
  row_first_ = Append(plan.row_first, &table_bytes_);
  row_weights_ = Append(plan.row_weights, &table_bytes_);
  column_weights_ = Append(plan.column_weights, &table_bytes_);
  const MapPart& heat = plan.parts[static_cast<size_t>(plan.heat_part)];
  std::vector<int32_t> plane_of_channel(static_cast<size_t>(heat.count), -1);
  for (size_t k = 0; k < plan.heat_channels.size(); ++k) {
    plane_of_channel[static_cast<size_t>(plan.heat_channels[k] - heat.first)] = static_cast<int32_t>(k);
  }
  plane_of_channel_ = Append(plane_of_channel, &table_bytes_);
  limbs_ = Append(plan.limbs, &table_bytes_);
  sizes_.x = {plan.x.cells, plan.x.positions, plan.x.is_whole, nullptr, nullptr, nullptr};
  sizes_.y = {plan.y.cells, plan.y.positions, plan.y.is_whole, nullptr, nullptr, nullptr};
  sizes_.row_taps = plan.row_taps;
  sizes_.phases = plan.phases, sizes_.column_taps = plan.column_taps, sizes_.reach_left = plan.reach_left;
  sizes_.keypoints = static_cast<int>(plan.heat_channels.size());
  sizes_.limb_count = static_cast<int>(plan.limbs.size());
  sizes_.peak_threshold = plan.peak_threshold, sizes_.max_peaks = plan.max_peaks;
  sizes_.paf_threshold = plan.paf_threshold, sizes_.min_samples = plan.min_samples;
}

void DecodeLayout::PlaceResults(int batch) {
  const size_t pictures = static_cast<size_t>(batch), keypoints = pictures * static_cast<size_t>(sizes_.keypoints);
  const size_t limbs = pictures * static_cast<size_t>(sizes_.limb_count);
  Place(pictures * sizeof(uint32_t), &buffer_bytes_);
  planes_ = Place(keypoints * static_cast<size_t>(CellCount(sizes_)) * sizeof(float), &buffer_bytes_);
  peak_bits_ = Place(keypoints * static_cast<size_t>(BitWords(sizes_)) * sizeof(uint32_t), &buffer_bytes_);
  buffer_peaks_ = Place(keypoints * kPeakCapacity * sizeof(FoundPeak), &buffer_bytes_);
  buffer_counts_ = Place(keypoints * sizeof(int32_t), &buffer_bytes_);
  Place(pictures * sizeof(uint32_t), &result_bytes_);
  result_values_ = Place(pictures * sizeof(float), &result_bytes_);
  result_peaks_ = Place(keypoints * kPeakCapacity * sizeof(FoundPeak), &result_bytes_);
  result_peak_counts_ = Place(keypoints * sizeof(int32_t), &result_bytes_);
  result_pairs_ = Place(limbs * kPairCapacity * sizeof(ScoredPair), &result_bytes_);
  result_pair_counts_ = Place(limbs * sizeof(int32_t), &result_bytes_);
}

DecodeTables DecodeLayout::Tables(const void* data) const {
  DecodeTables tables = sizes_;
  const auto place_axis = [&](const AxisOffsets& offsets, AxisTables* axis) {
    axis->first = At<int32_t>(data, offsets.first);
    axis->offset = At<int32_t>(data, offsets.offset);
    axis->weights = At<float>(data, offsets.weights);
  };
  place_axis(x_, &tables.x), place_axis(y_, &tables.y);
  tables.row_first = At<int32_t>(data, row_first_);
  tables.row_weights = At<float>(data, row_weights_);
  tables.column_weights = At<float>(data, column_weights_);
  tables.plane_of_channel = At<int32_t>(data, plane_of_channel_);
  tables.limbs = At<LimbPlan>(data, limbs_);
  return tables;
}

DecodeBuffers DecodeLayout::Buffers(void* data) const {
  return {At<uint32_t>(data, 0), At<float>(data, planes_), At<uint32_t>(data, peak_bits_),
          At<FoundPeak>(data, buffer_peaks_), At<int32_t>(data, buffer_counts_)};
}

DecodeResults DecodeLayout::Results(void* data) const {
  return {At<uint32_t>(data, 0),
          At<float>(data, result_values_),
          At<FoundPeak>(data, result_peaks_),
          At<int32_t>(data, result_peak_counts_),
          At<ScoredPair>(data, result_pairs_),
          At<int32_t>(data, result_pair_counts_)};
}

}  // namespace sinew::cuda
