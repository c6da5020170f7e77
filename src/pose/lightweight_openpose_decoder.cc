// From outputs to upsampled maps, and from their pixels to cells.
#include "pose/lightweight_openpose_decoder.h"

#include <algorithm>
#include <cstddef>

#include "pose/lightweight_openpose.h"

namespace sinew::pose {

std::vector<CellPerson> LightweightOpenPoseDecoder::FindPeople(std::span<const ConstView> outputs,
                                                               const DecodeOptions& options) {
  const Skeleton& skeleton = description().skeleton;
  const ConstView heat = Channels(outputs, description().heads.heat_maps);
  const ConstView fields = Channels(outputs, description().heads.fields);
  x_.Configure(heat.width, heat.width * kLightweightUpsampling);
  y_.Configure(heat.height, heat.height * kLightweightUpsampling);
  LightweightPeaks peaks;
  for (int k = 0; k < skeleton.keypoint_count(); ++k) {
    UpsampleCubic(heat, x_, y_, k, &rows_, &plane_);
    peaks.push_back(FindLightweightPeaks(plane_, x_.target(), options.max_peaks));
  }
  std::vector<std::vector<LightweightConnection>> connections;
  for (const Limb& limb : skeleton.limbs) {
    connections.push_back(ConnectLightweightPeaks(fields, x_, y_, limb, peaks[static_cast<size_t>(limb.from)],
                                                  peaks[static_cast<size_t>(limb.to)]));
  }
  const int least_parts = std::min(options.min_parts, skeleton.keypoint_count());
  std::vector<CellPerson> people;
  for (const LightweightPerson& found : GroupLightweightPeaks(skeleton, peaks, connections)) {
    if (found.parts < least_parts) continue;
    CellPerson& person = people.emplace_back();
    person.score = static_cast<float>(found.sum / found.parts);
    person.keypoints.resize(found.peaks.size());
    for (size_t k = 0; k < found.peaks.size(); ++k) {
      if (found.peaks[k] == kMissing) continue;
      const LightweightPeak& peak = peaks[k][static_cast<size_t>(found.peaks[k])];
      person.keypoints[k] = {(peak.x + 0.5) / kLightweightUpsampling, (peak.y + 0.5) / kLightweightUpsampling,
                             peak.heat};
    }
  }
  return people;
}

}  // namespace sinew::pose
