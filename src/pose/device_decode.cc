// The tables of the processor's decoder for the kernels, and their results for its assembly.
#include "pose/device_decode.h"

#include <utility>

#include "base/error.h"
#include "pose/smoothing.h"

namespace sinew::pose {
namespace {

cuda::AxisPlan MakeAxisPlan(const AreaAxis& axis, bool is_whole) {
  return {axis.source(), axis.target(), is_whole, axis.firsts(), axis.offsets(), axis.weights()};
}

}  // namespace

Result<cuda::DecodePlan> MakeDecodePlan(MapSize maps, const MapGeometry& geometry, const DecodeOptions& options) {
  SINEW_RETURN_IF_ERROR(ValidateDecodeOptions(options));
  MapGeometry with_picture = geometry;
  with_picture.picture_width = with_picture.picture_height = 1;
  AreaAxis x, y;
  SINEW_RETURN_IF_ERROR(ConfigureAxes(maps, with_picture, options.resize_out_ratio, &x, &y));
  Smoother smoother;
  smoother.Configure(x, y, options.smoothing_taps);
  cuda::DecodePlan plan;
  plan.parts = {{0, 0, kMapChannels}};
  plan.x = MakeAxisPlan(x, x.ratio() != 0);
  plan.y = MakeAxisPlan(y, y.ratio() != 0);
  plan.row_taps = smoother.row_taps();
  plan.row_first = smoother.row_first();
  plan.row_weights = smoother.row_weights();
  plan.phases = smoother.phases();
  plan.column_taps = smoother.column_taps();
  plan.reach_left = smoother.reach_left();
  plan.column_weights = smoother.column_weights();
  for (int k = 0; k < kKeypointCount; ++k) plan.heat_channels.push_back(k);
  for (const Limb& limb : kLimbs) plan.limbs.push_back({limb.from, limb.to, limb.channel_x, limb.channel_y});
  plan.peak_threshold = options.peak_threshold;
  plan.max_peaks = options.max_peaks;
  plan.paf_threshold = options.paf_threshold;
  plan.min_samples = options.min_paf_samples;
  return plan;
}

Result<std::vector<Person>> AssembleDetections(const cuda::Detections& detections, MapSize maps,
                                               const MapGeometry& geometry, const DecodeOptions& options,
                                               Decoder* decoder) {
  if (const auto bad = detections.not_finite())
    return NotFinite(bad->cell / maps.width, bad->cell % maps.width, bad->channel, bad->value);
  if (!detections.is_complete()) {
    return Unsupported("the maps have more than {} peaks of a keypoint or {} pairs of a limb", cuda::kPeakCapacity,
                       cuda::kPairCapacity);
  }
  PeakList peaks;
  for (int k = 0; k < kKeypointCount; ++k) {
    peaks.offsets[k] = static_cast<int>(peaks.peaks.size());
    for (const cuda::FoundPeak& peak : detections.peaks(k))
      peaks.peaks.push_back({peak.x, peak.y, peak.score, peak.smoothed});
  }
  peaks.offsets[kKeypointCount] = static_cast<int>(peaks.peaks.size());
  Decoder::PairScores pairs;
  for (int l = 0; l < kLimbCount; ++l) {
    for (const cuda::ScoredPair& pair : detections.pairs(l)) pairs[l].push_back({pair.from, pair.to, pair.score});
  }
  return decoder->Assemble(maps, std::move(peaks), std::move(pairs), geometry, options);
}

}  // namespace sinew::pose
