// What turns a network's outputs into people: one class a DecoderKind, chosen by the model's description.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/view.h"
#include "pose/map_geometry.h"
#include "simd/target.h"
#include "sinew/decode_options.h"
#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/pose.h"
#include "sinew/status.h"

namespace sinew::pose {

// Keeps its scratch between calls. One call at a time; different objects are independent. The result depends on nothing
// but the arguments.
class PeopleDecoder {
 public:
  virtual ~PeopleDecoder() = default;

  // Whether options make sense for this kind of decoder; the message names the bad one.
  virtual Status Validate(const DecodeOptions& options) const = 0;

  // `outputs` are the network's, as the description tells them. Errors: kInvalidArgument for options, sizes, or maps
  // with values that are not finite.
  virtual Result<std::vector<Person>> Decode(std::span<const ConstView> outputs, const MapGeometry& geometry,
                                             const DecodeOptions& options) = 0;

  // All peaks that the last Decode found, by keypoint, those that belong to nobody as well; none where it does not look
  // for peaks.
  virtual std::vector<std::vector<Keypoint>> LocatePeaks() const { return {}; }

  // Of the last Decode: where the time went.
  virtual const DecodeTimes& times() const = 0;
};

// The decoder of that kind, for a valid description and a supported target.
std::unique_ptr<PeopleDecoder> MakePeopleDecoder(const ModelDescription& description,
                                                 simd::Target target = simd::PreferredTarget());

}  // namespace sinew::pose
