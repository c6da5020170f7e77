// Heat maps and part affinity fields become people: the bottom-up decoder of the OpenPose networks.
//
// peaks.h finds candidate keypoints on the smoothed, upsampled heat maps; limbs.h scores and matches pairs of them
// along the field; assemble.h joins the matches into people. Coordinates then go back to the original picture:
// upsampled pixel X, less or more the shift to the top of the peak, has its centre at (X + 1/2) * cells * stride /
// upsampled width network-input pixels from where the first cell begins (tf-pose-estimation takes X / upsampled width
// of the picture, 4 / ratio - 1/2 network-input pixels off).
//   Source: Cao et al., "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", CVPR 2017
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/view.h"
#include "pose/area_axis.h"
#include "pose/assemble.h"
#include "pose/finite.h"
#include "pose/limbs.h"
#include "pose/map_geometry.h"
#include "pose/peaks.h"
#include "simd/target.h"
#include "sinew/decode_options.h"
#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/pose.h"
#include "sinew/status.h"

namespace sinew::pose {

// The geometry with all that it leaves out. Fails where it does not fit the maps, or these are too large.
Result<MapGeometry> CompleteGeometry(MapSize maps, const Heads& heads, MapGeometry geometry);

// Configures the two axes of maps upsampled by `resize_out_ratio`. Fails where the maps are too large, or do not fit
// the geometry.
Status ConfigureAxes(MapSize maps, const Heads& heads, const MapGeometry& geometry, double resize_out_ratio,
                     AreaAxis* x, AreaAxis* y);

// What is wrong with maps that hold such a value.
Status NotFinite(size_t output, size_t channel, size_t row, size_t column, float value);

// Checks each option; the message names the bad one and its range.
Status ValidateDecodeOptions(const DecodeOptions& options, const Skeleton& skeleton = Coco18Skeleton());

// The network's outputs by what they mean.
struct Maps {
  ConstView heat;    // a channel a keypoint
  ConstView fields;  // the channels that limbs name
  // What of the outputs is looked at: one range of channels of each output that is used.
  struct Part {
    size_t output;
    int first;  // channel
    ConstView view;
  };
  std::vector<Part> parts;
};

// Of each output that is used, in their order, the channels from the first to the last that is.
std::vector<ChannelRange> UsedChannels(const Heads& heads);

// kInvalidArgument, naming the place, where a value is not finite.
Status CheckFinite(AreFiniteFunction are_finite, const Maps& maps);

// Finds the maps among the outputs. kInvalidArgument where the outputs are not those that `heads` describes.
Result<Maps> SelectMaps(std::span<const ConstView> outputs, const Heads& heads);

// Those channels of the outputs, which SelectMaps has found fit.
ConstView Channels(std::span<const ConstView> outputs, const ChannelRange& range);

// Keeps its scratch between calls. One call at a time; different objects are independent. The result depends on nothing
// but the arguments.
class Decoder {
 public:
  // The description must be valid, and the target supported.
  explicit Decoder(const ModelDescription& description = TfPoseDescription(),
                   simd::Target target = simd::PreferredTarget());

  // `outputs` are the network's, as the description tells them. People come in the order in which they were assembled.
  // Errors: kInvalidArgument for options, sizes, or maps with values that are not finite.
  Result<std::vector<Person>> Decode(std::span<const ConstView> outputs, const MapGeometry& geometry,
                                     const DecodeOptions& options = {});
  // The same for a network of one output.
  Result<std::vector<Person>> Decode(ConstView output, const MapGeometry& geometry, const DecodeOptions& options = {}) {
    return Decode(std::span(&output, 1), geometry, options);
  }

  // The same from what was found elsewhere, in maps of that size: the peaks of each keypoint, and for each limb the
  // pairs that its field speaks for (see LimbFinder::Match).
  Result<std::vector<Person>> Assemble(MapSize maps, PeakList peaks, std::vector<std::vector<PairScore>> pairs,
                                       const MapGeometry& geometry, const DecodeOptions& options);

  // Of the last successful Decode or Assemble: all peaks (in pixels of the upsampled maps), the connections, and each
  // person's peaks in the order of the people; the size of the upsampled maps; where the time went.
  const PeakList& peaks() const { return peaks_; }
  const Connections& connections() const { return connections_; }
  std::span<const Assembly> assemblies() const { return assemblies_; }
  // The peaks of each keypoint, in people or not, as keypoints of the picture.
  std::vector<std::vector<Keypoint>> LocatePeaks() const;
  int upsampled_width() const { return x_.target(); }
  int upsampled_height() const { return y_.target(); }
  const DecodeTimes& times() const { return times_; }

 private:
  // Out of peaks_ and connections_.
  std::vector<Person> MakePeople(MapSize maps, const MapGeometry& geometry, const DecodeOptions& options);

  ModelDescription description_;
  AreFiniteFunction are_finite_;
  AreaAxis x_, y_;
  PeakFinder peak_finder_;
  LimbFinder limb_finder_;
  PeakList peaks_;
  Connections connections_;
  std::vector<Assembly> assemblies_;
  MapGeometry geometry_;  // complete
  DecodeOptions options_;
  DecodeTimes times_;
};

}  // namespace sinew::pose
