// The decoder's frame: validation, the three stages, coordinates.
#include "pose/decode.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "base/stopwatch.h"

namespace sinew::pose {
namespace {

// Far above any network's output; they bound memory (about 100 bytes a cell) and time.
constexpr int kMaxCells = 1 << 20;
constexpr int kMaxUpsampledSide = 65535;
constexpr int kMaxCoordinate = 1 << 24;  // whole numbers up to it are exact floats
constexpr int kMaxTaps = 101;
constexpr int kMaxPeaks = 4096;
// The heat itself may be 0 where its smoothed neighbourhood has a peak; a found keypoint still scores more than 0.
constexpr float kLeastScore = 1e-6f;

template <class T>
Status CheckRange(const char* name, T value, T least, T most) {
  if (value >= least && value <= most) return Status();  // false for NaN
  return InvalidArgument("{} is {}, must be {} to {}", name, value, least, most);
}

// Positions and sizes along one axis.
Status CheckAxis(const char* side, const Heads& heads, int cells, int network, int content, int picture) {
  if (picture < 1 || picture > kMaxCoordinate) {
    return InvalidArgument("picture {} is {}, must be 1 to {}", side, picture, kMaxCoordinate);
  }
  if (network < 1 || heads.CellCount(network) != cells) {
    return InvalidArgument("network input {} {} does not fit maps of {} {}: one cell stands for {} pixels", side,
                           network, side, cells, heads.stride);
  }
  if (content < 0 || content > network)
    return InvalidArgument("content {} is {}, must be 1 to {}", side, content, network);
  return Status();
}

// The geometry with all that it leaves out.
MapGeometry Completed(MapGeometry geometry, const Heads& heads, MapSize maps) {
  if (geometry.network_width == 0) geometry.network_width = maps.width * heads.stride;
  if (geometry.network_height == 0) geometry.network_height = maps.height * heads.stride;
  if (geometry.content_width == 0) geometry.content_width = geometry.network_width;
  if (geometry.content_height == 0) geometry.content_height = geometry.network_height;
  return geometry;
}

// From upsampled pixels to pixels of the picture along one axis.
struct Scale {
  float offset, factor, bias, last;
  float operator()(float position) const { return std::clamp((position + offset) * factor + bias, 0.0f, last); }
};

// `content` pixels of the network's input show `picture` pixels.
Scale PixelCentres(const AreaAxis& axis, const Heads& heads, int network, int content, int picture) {
  const double network_to_picture = static_cast<double>(picture) / content;
  const double factor = static_cast<double>(axis.source()) * heads.stride / axis.target() * network_to_picture;
  const double bias = heads.FirstCell(network) * network_to_picture - 0.5;
  return {0.5f, static_cast<float>(factor), static_cast<float>(bias), picture - 1.0f};
}

// From peaks of the upsampled maps to keypoints of the picture.
class PeakLocator {
 public:
  PeakLocator(const AreaAxis& x, const AreaAxis& y, const Heads& heads, const MapGeometry& geometry,
              const DecodeOptions& options)
      : x_(PixelCentres(x, heads, geometry.network_width, geometry.content_width, geometry.picture_width)),
        y_(PixelCentres(y, heads, geometry.network_height, geometry.content_height, geometry.picture_height)),
        positions_x_(x.target()),
        positions_y_(y.target()),
        width_(static_cast<double>(geometry.picture_width) * geometry.network_width / geometry.content_width),
        height_(static_cast<double>(geometry.picture_height) * geometry.network_height / geometry.content_height),
        like_tf_pose_(options.compat == DecodeOptions::Compat::kTfPose),
        refine_(options.refine_peaks) {}

  Keypoint operator()(const Peak& peak) const {
    if (like_tf_pose_) {
      return {static_cast<float>(static_cast<double>(peak.x) / positions_x_ * width_),
              static_cast<float>(static_cast<double>(peak.y) / positions_y_ * height_), peak.score};
    }
    const float shift_x = refine_ ? peak.shift_x : 0, shift_y = refine_ ? peak.shift_y : 0;
    return {x_(static_cast<float>(peak.x) + shift_x), y_(static_cast<float>(peak.y) + shift_y),
            std::max(peak.score, kLeastScore)};
  }

 private:
  const Scale x_, y_;
  const int positions_x_, positions_y_;
  const double width_, height_;  // of a picture that would fill the network's input
  const bool like_tf_pose_, refine_;
};

ConstView Slice(ConstView output, int first, int count) {
  return {output.data + first, output.height, output.width, count, output.pixel_stride};
}

}  // namespace

Status ValidateDecodeOptions(const DecodeOptions& options, const Skeleton& skeleton) {
  SINEW_RETURN_IF_ERROR(CheckRange("resize_out_ratio", options.resize_out_ratio, 1.0, 16.0));
  SINEW_RETURN_IF_ERROR(CheckRange("smoothing_taps", options.smoothing_taps, 0, kMaxTaps));
  if (options.smoothing_taps % 2 == 0 && options.smoothing_taps != 0) {
    return InvalidArgument("smoothing_taps is {}, must be odd, or 0 for no smoothing", options.smoothing_taps);
  }
  SINEW_RETURN_IF_ERROR(CheckRange("peak_threshold", options.peak_threshold, 0.0f, 1.0f));
  SINEW_RETURN_IF_ERROR(CheckRange("paf_threshold", options.paf_threshold, 0.0f, 1.0f));
  SINEW_RETURN_IF_ERROR(CheckRange("min_paf_samples", options.min_paf_samples, 1, kPafSamples));
  SINEW_RETURN_IF_ERROR(CheckRange("min_paf_ratio", options.min_paf_ratio, 0.0f, 1.0f));
  const int most_parts = std::max(skeleton.keypoint_count(), DecodeOptions().min_parts);
  SINEW_RETURN_IF_ERROR(CheckRange("min_parts", options.min_parts, 1, most_parts));
  if (!std::isfinite(options.min_score) || options.min_score < 0) {
    return InvalidArgument("min_score is {}, must be 0 or more", options.min_score);
  }
  if (options.max_people < 0) {
    return InvalidArgument("max_people is {}, must be 1 or more, or 0 for all", options.max_people);
  }
  return CheckRange("max_peaks", options.max_peaks, 1, kMaxPeaks);
}

std::vector<ChannelRange> UsedChannels(const Heads& heads) {
  std::vector<ChannelRange> used = {heads.heat_maps};
  const auto use = [&](int output, int first, int count) {
    if (count == 0) return;
    const auto range = std::ranges::find(used, output, &ChannelRange::output);
    if (range == used.end()) {
      used.push_back({output, first, count});
      return;
    }
    const int begin = std::min(range->first, first), end = std::max(range->first + range->count, first + count);
    *range = {output, begin, end - begin};
  };
  if (heads.background != -1) use(heads.heat_maps.output, heads.background, 1);
  for (const HeadRange& each : HeadRanges()) {
    const ChannelRange& range = heads.*each.range;
    use(range.output, range.first, range.count);
  }
  std::ranges::sort(used, {}, &ChannelRange::output);
  return used;
}

Result<Maps> SelectMaps(std::span<const ConstView> outputs, const Heads& heads) {
  Maps maps;
  for (const ChannelRange& range : UsedChannels(heads)) {
    const size_t index = static_cast<size_t>(range.output);
    if (index >= outputs.size()) {
      return InvalidArgument("{} outputs, the model's description needs more: is this its network?", outputs.size());
    }
    const ConstView& output = outputs[index];
    const int end = range.first + range.count;
    if (output.data == nullptr || output.channels < end || output.pixel_stride < static_cast<size_t>(end)) {
      return InvalidArgument("maps have {} channels, the model's description needs {}: is this its network?",
                             output.channels, end);
    }
    maps.parts.push_back({index, range.first, Slice(output, range.first, range.count)});
  }
  maps.heat = Channels(outputs, heads.heat_maps);
  if (heads.fields.count > 0) maps.fields = Channels(outputs, heads.fields);
  for (const HeadRange& each : HeadRanges()) {
    if ((heads.*each.range).count == 0) continue;
    const ConstView view = Channels(outputs, heads.*each.range);
    if (view.width == maps.heat.width && view.height == maps.heat.height) continue;
    return InvalidArgument("heat_maps of {}x{} cells, {} of {}x{}: must be as many", maps.heat.width, maps.heat.height,
                           each.name, view.width, view.height);
  }
  return maps;
}

ConstView Channels(std::span<const ConstView> outputs, const ChannelRange& range) {
  return Slice(outputs[static_cast<size_t>(range.output)], range.first, range.count);
}

Result<MapGeometry> CompleteGeometry(MapSize maps, const Heads& heads, MapGeometry geometry) {
  const int columns = maps.width, rows = maps.height;
  if (columns < 1 || rows < 1 || int64_t{columns} * rows > kMaxCells) {
    return InvalidArgument("maps of {}x{} cells: must be 1 to {} cells", columns, rows, kMaxCells);
  }
  const MapGeometry full = Completed(geometry, heads, maps);
  SINEW_RETURN_IF_ERROR(CheckAxis("width", heads, columns, full.network_width, full.content_width, full.picture_width));
  SINEW_RETURN_IF_ERROR(
      CheckAxis("height", heads, rows, full.network_height, full.content_height, full.picture_height));
  return full;
}

Status ConfigureAxes(MapSize maps, const Heads& heads, const MapGeometry& geometry, double resize_out_ratio,
                     AreaAxis* x, AreaAxis* y) {
  SINEW_ASSIGN_OR_RETURN(const MapGeometry full, CompleteGeometry(maps, heads, geometry));
  // In this order of operations: the original truncates, and another order may end below a whole number.
  const double width = static_cast<double>(full.network_width) / heads.stride * resize_out_ratio;
  const double height = static_cast<double>(full.network_height) / heads.stride * resize_out_ratio;
  if (width < 1 || height < 1 || width > kMaxUpsampledSide || height > kMaxUpsampledSide) {
    return InvalidArgument(
        "network input of {}x{} at resize_out_ratio {}: upsampled maps must be 1 to {} pixels on a side",
        full.network_width, full.network_height, resize_out_ratio, kMaxUpsampledSide);
  }
  x->Configure(maps.width, static_cast<int>(width));
  y->Configure(maps.height, static_cast<int>(height));
  return Status();
}

Status NotFinite(size_t output, size_t channel, size_t row, size_t column, float value) {
  return InvalidArgument(
      "output {}: channel {} is not finite ({}) at row {}, column {}: check the network and its input", output, channel,
      value, row, column);
}

Decoder::Decoder(const ModelDescription& description, simd::Target target)
    : description_(description), are_finite_(AreFiniteFor(target)), peak_finder_(target) {
  SINEW_CHECK(description_.Validate().ok());
}

Status CheckFinite(AreFiniteFunction are_finite, const Maps& maps) {
  for (const auto& [output, first, view] : maps.parts) {
    const size_t cells = static_cast<size_t>(view.width) * static_cast<size_t>(view.height);
    const ptrdiff_t bad =
        FindNotFinite(are_finite, view.data, cells, static_cast<size_t>(view.channels), view.pixel_stride);
    if (bad < 0) continue;
    const size_t cell = static_cast<size_t>(bad) / view.pixel_stride;
    const size_t channel = static_cast<size_t>(first) + static_cast<size_t>(bad) % view.pixel_stride;
    const size_t columns = static_cast<size_t>(view.width);
    return NotFinite(output, channel, cell / columns, cell % columns, view.data[bad]);
  }
  return Status();
}

Result<std::vector<Person>> Decoder::Decode(std::span<const ConstView> outputs, const MapGeometry& geometry,
                                            const DecodeOptions& options) {
  SINEW_RETURN_IF_ERROR(ValidateDecodeOptions(options, description_.skeleton));
  SINEW_ASSIGN_OR_RETURN(const Maps maps, SelectMaps(outputs, description_.heads));
  const MapSize size{maps.heat.width, maps.heat.height};
  SINEW_RETURN_IF_ERROR(ConfigureAxes(size, description_.heads, geometry, options.resize_out_ratio, &x_, &y_));
  SINEW_RETURN_IF_ERROR(CheckFinite(are_finite_, maps));

  Stopwatch stopwatch;
  peak_finder_.Find(maps.heat, x_, y_, options.smoothing_taps, options.peak_threshold, options.max_peaks, &peaks_);
  times_.smoothing = peak_finder_.smoothing_seconds();
  times_.peaks = stopwatch.Lap() - times_.smoothing;
  const bool unordered_ties = options.compat == DecodeOptions::Compat::kTfPose;
  limb_finder_.Find(maps.fields, description_.skeleton.limbs, x_, y_, peaks_,
                    {options.paf_threshold, options.min_paf_samples, unordered_ties}, &connections_);
  times_.limbs = stopwatch.Lap();
  std::vector<Person> people = MakePeople(size, geometry, options);
  times_.assembly = stopwatch.Lap();
  return people;
}

Result<std::vector<Person>> Decoder::Assemble(MapSize maps, PeakList peaks, std::vector<std::vector<PairScore>> pairs,
                                              const MapGeometry& geometry, const DecodeOptions& options) {
  const std::vector<Limb>& limbs = description_.skeleton.limbs;
  SINEW_CHECK(peaks.offsets.size() == description_.skeleton.keypoints.size() + 1 && pairs.size() == limbs.size());
  SINEW_RETURN_IF_ERROR(ValidateDecodeOptions(options, description_.skeleton));
  SINEW_RETURN_IF_ERROR(ConfigureAxes(maps, description_.heads, geometry, options.resize_out_ratio, &x_, &y_));
  times_ = {};
  Stopwatch stopwatch;
  peaks_ = std::move(peaks);
  connections_.resize(limbs.size());
  const bool unordered_ties = options.compat == DecodeOptions::Compat::kTfPose;
  for (size_t l = 0; l < limbs.size(); ++l) {
    limb_finder_.Match(limbs[l], peaks_, unordered_ties, &pairs[l], &connections_[l]);
  }
  times_.limbs = stopwatch.Lap();
  std::vector<Person> people = MakePeople(maps, geometry, options);
  times_.assembly = stopwatch.Lap();
  return people;
}

std::vector<Person> Decoder::MakePeople(MapSize maps, const MapGeometry& geometry, const DecodeOptions& options) {
  const Skeleton& skeleton = description_.skeleton;
  assemblies_ = options.compat == DecodeOptions::Compat::kTfPose ? AssembleLikeTfPose(skeleton, peaks_, connections_)
                                                                 : AssemblePeople(skeleton, peaks_, connections_);
  SelectPeople(std::min(options.min_parts, skeleton.keypoint_count()), options.min_score, options.max_people,
               &assemblies_);
  geometry_ = Completed(geometry, description_.heads, maps);
  options_ = options;
  const PeakLocator locate(x_, y_, description_.heads, geometry_, options_);
  std::vector<Person> people;
  people.reserve(assemblies_.size());
  for (const Assembly& assembly : assemblies_) {
    Person person;
    person.score = assembly.score();
    person.keypoints.resize(assembly.peaks.size());
    for (size_t k = 0; k < assembly.peaks.size(); ++k) {
      if (assembly.peaks[k] == kMissing) continue;
      person.keypoints[k] = locate(peaks_.peaks[static_cast<size_t>(assembly.peaks[k])]);
    }
    people.push_back(std::move(person));
  }
  return people;
}

std::vector<std::vector<Keypoint>> Decoder::LocatePeaks() const {
  std::vector<std::vector<Keypoint>> keypoints(description_.skeleton.keypoints.size());
  if (peaks_.offsets.size() <= keypoints.size()) return keypoints;  // nothing was decoded yet
  const PeakLocator locate(x_, y_, description_.heads, geometry_, options_);
  for (size_t k = 0; k < keypoints.size(); ++k) {
    for (const Peak& peak : peaks_.of(static_cast<int>(k))) keypoints[k].push_back(locate(peak));
  }
  return keypoints;
}

}  // namespace sinew::pose
