// The decoder's frame: validation, the three stages, coordinates.
#include "pose/decode.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/error.h"
#include "base/stopwatch.h"
#include "pose/finite.h"

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
Status CheckAxis(const char* side, int cells, int network, int content, int picture) {
  if (picture < 1 || picture > kMaxCoordinate) {
    return InvalidArgument("picture {} is {}, must be 1 to {}", side, picture, kMaxCoordinate);
  }
  if (network < 1 || (network + kMapStride - 1) / kMapStride != cells) {
    return InvalidArgument("network input {} {} does not fit maps of {} {}: one cell stands for {} pixels", side,
                           network, side, cells, kMapStride);
  }
  if (content < 0 || content > network)
    return InvalidArgument("content {} is {}, must be 1 to {}", side, content, network);
  return Status();
}

Status CheckFinite(ConstView maps) {
  const float* cell = maps.data;
  for (int y = 0; y < maps.height; ++y, cell += static_cast<size_t>(maps.width) * maps.pixel_stride) {
    const ptrdiff_t bad = FindNotFinite(cell, maps.width, maps.pixel_stride);
    if (bad < 0) continue;
    const ptrdiff_t stride = static_cast<ptrdiff_t>(maps.pixel_stride);
    return InvalidArgument("map channel {} is not finite ({}) at row {}, column {}: check the network and its input",
                           bad % stride, cell[bad], y, bad / stride);
  }
  return Status();
}

// From upsampled pixels to pixels of the picture along one axis.
struct Scale {
  float offset, factor, bias, last;
  float operator()(int position) const { return std::clamp((position + offset) * factor + bias, 0.0f, last); }
};

// `content` pixels of the network's input show `picture` pixels.
Scale PixelCentres(const AreaAxis& axis, float first_cell, int content, int picture) {
  const double network_to_picture = static_cast<double>(picture) / content;
  const double factor = static_cast<double>(axis.source()) * kMapStride / axis.target() * network_to_picture;
  return {0.5f, static_cast<float>(factor), static_cast<float>(first_cell * network_to_picture - 0.5), picture - 1.0f};
}

}  // namespace

float FirstCell(int size) {
  int offset = 0;
  for (int stride = 1; stride < kMapStride; stride *= 2) {
    if (size % 2 != 0) offset -= stride;
    size = (size + 1) / 2;
  }
  return static_cast<float>(offset);
}

Status ValidateDecodeOptions(const DecodeOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckRange("resize_out_ratio", options.resize_out_ratio, 1.0, 16.0));
  SINEW_RETURN_IF_ERROR(CheckRange("smoothing_taps", options.smoothing_taps, 0, kMaxTaps));
  if (options.smoothing_taps % 2 == 0 && options.smoothing_taps != 0) {
    return InvalidArgument("smoothing_taps is {}, must be odd, or 0 for no smoothing", options.smoothing_taps);
  }
  SINEW_RETURN_IF_ERROR(CheckRange("peak_threshold", options.peak_threshold, 0.0f, 1.0f));
  SINEW_RETURN_IF_ERROR(CheckRange("paf_threshold", options.paf_threshold, 0.0f, 1.0f));
  SINEW_RETURN_IF_ERROR(CheckRange("min_paf_samples", options.min_paf_samples, 1, kPafSamples));
  SINEW_RETURN_IF_ERROR(CheckRange("min_parts", options.min_parts, 1, kKeypointCount));
  if (!std::isfinite(options.min_score) || options.min_score < 0) {
    return InvalidArgument("min_score is {}, must be 0 or more", options.min_score);
  }
  if (options.max_people < 0) {
    return InvalidArgument("max_people is {}, must be 1 or more, or 0 for all", options.max_people);
  }
  return CheckRange("max_peaks", options.max_peaks, 1, kMaxPeaks);
}

Status ConfigureAxes(ConstView maps, const MapGeometry& geometry, double resize_out_ratio, AreaAxis* x, AreaAxis* y) {
  if (maps.data == nullptr || maps.channels != kMapChannels || maps.pixel_stride < kMapChannels) {
    return InvalidArgument("maps have {} channels, the COCO-18 skeleton needs {}: is this a pose network?",
                           maps.channels, kMapChannels);
  }
  if (maps.width < 1 || maps.height < 1 || int64_t{maps.width} * maps.height > kMaxCells) {
    return InvalidArgument("maps of {}x{} cells: must be 1 to {} cells", maps.width, maps.height, kMaxCells);
  }
  const int network_width = geometry.network_width == 0 ? maps.width * kMapStride : geometry.network_width;
  const int network_height = geometry.network_height == 0 ? maps.height * kMapStride : geometry.network_height;
  SINEW_RETURN_IF_ERROR(CheckAxis("width", maps.width, network_width, geometry.content_width, geometry.picture_width));
  SINEW_RETURN_IF_ERROR(
      CheckAxis("height", maps.height, network_height, geometry.content_height, geometry.picture_height));
  SINEW_RETURN_IF_ERROR(CheckRange("resize_out_ratio", resize_out_ratio, 1.0, 16.0));
  // In this order of operations: the original truncates, and another order may end below a whole number.
  const double width = static_cast<double>(network_width) / kMapStride * resize_out_ratio;
  const double height = static_cast<double>(network_height) / kMapStride * resize_out_ratio;
  if (width < 1 || height < 1 || width > kMaxUpsampledSide || height > kMaxUpsampledSide) {
    return InvalidArgument(
        "network input of {}x{} at resize_out_ratio {}: upsampled maps must be 1 to {} pixels on a side", network_width,
        network_height, resize_out_ratio, kMaxUpsampledSide);
  }
  x->Configure(maps.width, static_cast<int>(width));
  y->Configure(maps.height, static_cast<int>(height));
  return Status();
}

Result<std::vector<Person>> Decoder::Decode(ConstView maps, const MapGeometry& geometry, const DecodeOptions& options) {
  SINEW_RETURN_IF_ERROR(ValidateDecodeOptions(options));
  SINEW_RETURN_IF_ERROR(ConfigureAxes(maps, geometry, options.resize_out_ratio, &x_, &y_));
  if (!std::isfinite(geometry.first_cell_x) || !std::isfinite(geometry.first_cell_y)) {
    return InvalidArgument("first cell at {}, {}: must be finite", geometry.first_cell_x, geometry.first_cell_y);
  }
  SINEW_RETURN_IF_ERROR(CheckFinite(maps));

  const bool like_tf_pose = options.compat == DecodeOptions::Compat::kTfPose;
  Stopwatch stopwatch;
  peak_finder_.Find(maps, x_, y_, options.smoothing_taps, options.peak_threshold, options.max_peaks, &peaks_);
  times_.smoothing = peak_finder_.smoothing_seconds();
  times_.peaks = stopwatch.Lap() - times_.smoothing;
  limb_finder_.Find(maps, x_, y_, peaks_, {options.paf_threshold, options.min_paf_samples, like_tf_pose},
                    &connections_);
  times_.limbs = stopwatch.Lap();
  assemblies_ = like_tf_pose ? AssembleLikeTfPose(peaks_, connections_) : AssemblePeople(peaks_, connections_);
  SelectPeople(options.min_parts, options.min_score, options.max_people, &assemblies_);

  const int network_width = geometry.network_width == 0 ? maps.width * kMapStride : geometry.network_width;
  const int network_height = geometry.network_height == 0 ? maps.height * kMapStride : geometry.network_height;
  const int content_width = geometry.content_width == 0 ? network_width : geometry.content_width;
  const int content_height = geometry.content_height == 0 ? network_height : geometry.content_height;
  const Scale x = PixelCentres(x_, geometry.first_cell_x, content_width, geometry.picture_width);
  const Scale y = PixelCentres(y_, geometry.first_cell_y, content_height, geometry.picture_height);
  // The size of a picture that would fill the network's input.
  const double width = static_cast<double>(geometry.picture_width) * network_width / content_width;
  const double height = static_cast<double>(geometry.picture_height) * network_height / content_height;
  std::vector<Person> people;
  people.reserve(assemblies_.size());
  for (const Assembly& assembly : assemblies_) {
    Person person;
    person.score = assembly.score();
    person.keypoints.resize(kKeypointCount);
    for (int k = 0; k < kKeypointCount; ++k) {
      if (assembly.peaks[k] == kMissing) continue;
      const Peak& peak = peaks_.peaks[assembly.peaks[k]];
      if (like_tf_pose) {
        person.keypoints[k] = {static_cast<float>(static_cast<double>(peak.x) / x_.target() * width),
                               static_cast<float>(static_cast<double>(peak.y) / y_.target() * height), peak.score};
      } else {
        person.keypoints[k] = {x(peak.x), y(peak.y), std::max(peak.score, kLeastScore)};
      }
    }
    people.push_back(std::move(person));
  }
  times_.assembly = stopwatch.Lap();
  return people;
}

}  // namespace sinew::pose
