// The tables of the processor's decoder for the kernels, and their results for its assembly.
#include "pose/device_decode.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "pose/smoothing.h"

namespace sinew::pose {
namespace {

cuda::AxisPlan MakeAxisPlan(const AreaAxis& axis) {
  return {axis.source(), axis.target(), axis.ratio() != 0, axis.firsts(), axis.offsets(), axis.weights()};
}

// Which channels of which output hold what.
void PlaceChannels(const ModelDescription& description, cuda::DecodePlan* plan) {
  const Heads& heads = description.heads;
  const std::vector<ChannelRange> used = UsedChannels(heads);
  for (const ChannelRange& range : used) plan->parts.push_back({range.output, range.first, range.count});
  const auto part_of = [&](int output) {
    return static_cast<int>(std::ranges::find(used, output, &ChannelRange::output) - used.begin());
  };
  plan->heat_part = part_of(heads.heat_maps.output);
  plan->field_part = heads.fields.count > 0 ? part_of(heads.fields.output) : plan->heat_part;
  for (int k = 0; k < description.skeleton.keypoint_count(); ++k)
    plan->heat_channels.push_back(heads.heat_maps.first + k);
  for (const Limb& limb : description.skeleton.limbs) {
    plan->limbs.push_back({limb.from, limb.to, heads.fields.first + limb.field_x, heads.fields.first + limb.field_y});
  }
}

}  // namespace

Result<cuda::DecodePlan> MakeDecodePlan(MapSize maps, const ModelDescription& description, const MapGeometry& geometry,
                                        const DecodeOptions& options) {
  SINEW_RETURN_IF_ERROR(ValidateDecodeOptions(options, description.skeleton));
  if (options.compat == DecodeOptions::Compat::kOpenPose || description.decoder != DecoderKind::kPartAffinityFields)
    return Unsupported("people are found on the processor with these options: there is no such decoder for GPUs");
  MapGeometry with_picture = geometry;
  with_picture.picture_width = with_picture.picture_height = 1;
  AreaAxis x, y;
  SINEW_RETURN_IF_ERROR(ConfigureAxes(maps, description.heads, with_picture, options.resize_out_ratio, &x, &y));
  Smoother smoother;
  smoother.Configure(x, y, options.smoothing_taps);
  cuda::DecodePlan plan;
  PlaceChannels(description, &plan);
  plan.x = MakeAxisPlan(x);
  plan.y = MakeAxisPlan(y);
  plan.row_taps = smoother.row_taps();
  plan.row_first = smoother.row_first();
  plan.row_weights = smoother.row_weights();
  plan.phases = smoother.phases();
  plan.column_taps = smoother.column_taps();
  plan.reach_left = smoother.reach_left();
  plan.column_weights = smoother.column_weights();
  plan.peak_threshold = options.peak_threshold;
  plan.max_peaks = options.max_peaks;
  plan.paf_threshold = options.paf_threshold;
  plan.min_samples = options.min_paf_samples;
  return plan;
}

cuda::InputValues MakeInputValues(const InputConvention& convention) {
  cuda::InputValues values;
  values.is_rgb = convention.channel_order == ChannelOrder::kRgb;
  std::ranges::copy(convention.mean, values.mean);
  std::ranges::copy(convention.scale, values.scale);
  std::ranges::copy(convention.padding, values.padding);
  return values;
}

Result<std::vector<Person>> AssembleDetections(const cuda::Detections& detections, MapSize maps,
                                               const ModelDescription& description, const MapGeometry& geometry,
                                               const DecodeOptions& options, Decoder* decoder) {
  if (const auto bad = detections.not_finite()) {
    return NotFinite(static_cast<size_t>(bad->output), static_cast<size_t>(bad->channel),
                     static_cast<size_t>(bad->cell / maps.width), static_cast<size_t>(bad->cell % maps.width),
                     bad->value);
  }
  if (!detections.is_complete()) {
    return Unsupported("the maps have more than {} peaks of a keypoint or {} pairs of a limb", cuda::kPeakCapacity,
                       cuda::kPairCapacity);
  }
  PeakList peaks;
  for (int k = 0; k < description.skeleton.keypoint_count(); ++k) {
    peaks.offsets.push_back(static_cast<int>(peaks.peaks.size()));
    for (const cuda::FoundPeak& peak : detections.peaks(k)) {
      peaks.peaks.push_back({peak.x, peak.y, peak.score, peak.smoothed, peak.shift_x, peak.shift_y});
    }
  }
  peaks.offsets.push_back(static_cast<int>(peaks.peaks.size()));
  std::vector<std::vector<PairScore>> pairs(description.skeleton.limbs.size());
  for (size_t l = 0; l < pairs.size(); ++l) {
    for (const cuda::ScoredPair& pair : detections.pairs(static_cast<int>(l))) {
      pairs[l].push_back({pair.from, pair.to, pair.score});
    }
  }
  return decoder->Assemble(maps, std::move(peaks), std::move(pairs), geometry, options);
}

}  // namespace sinew::pose
