// The decoders by kind.
#include "pose/people_decoder.h"

#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "pose/decode.h"
#include "pose/finite.h"
#include "pose/lightweight_openpose_decoder.h"
#include "pose/movenet_decoder.h"
#include "pose/openpose_decode.h"
#include "pose/posenet_decoder.h"
#include "pose/trt_pose_decoder.h"

namespace sinew::pose {
namespace {

// Heat maps and part affinity fields, by our own rules or those of OpenPose and tf-pose-estimation.
class PartAffinityFieldsDecoder : public PeopleDecoder {
 public:
  PartAffinityFieldsDecoder(const ModelDescription& description, simd::Target target)
      : description_(description),
        are_finite_(AreFiniteFor(target)),
        decoder_(description, target),
        openpose_(description) {}

  Status Validate(const DecodeOptions& options) const override {
    return ValidateDecodeOptions(options, description_.skeleton);
  }

  Result<std::vector<Person>> Decode(std::span<const ConstView> outputs, const MapGeometry& geometry,
                                     const DecodeOptions& options) override {
    is_openpose_ = options.compat == DecodeOptions::Compat::kOpenPose;
    if (!is_openpose_) return decoder_.Decode(outputs, geometry, options);
    SINEW_RETURN_IF_ERROR(Validate(options));
    SINEW_ASSIGN_OR_RETURN(const Maps maps, SelectMaps(outputs, description_.heads));
    SINEW_ASSIGN_OR_RETURN(const MapGeometry full,
                           CompleteGeometry({maps.heat.width, maps.heat.height}, description_.heads, geometry));
    SINEW_RETURN_IF_ERROR(CheckFinite(are_finite_, maps));
    return openpose_.Decode(maps, full, options);
  }

  std::vector<std::vector<Keypoint>> LocatePeaks() const override {
    return is_openpose_ ? std::vector<std::vector<Keypoint>>() : decoder_.LocatePeaks();
  }

  const DecodeTimes& times() const override { return is_openpose_ ? openpose_.times() : decoder_.times(); }

 private:
  const ModelDescription description_;
  const AreFiniteFunction are_finite_;
  Decoder decoder_;
  OpenPoseDecoder openpose_;
  bool is_openpose_ = false;
};

}  // namespace

std::unique_ptr<PeopleDecoder> MakePeopleDecoder(const ModelDescription& description, simd::Target target) {
  SINEW_CHECK(description.Validate().ok());
  switch (description.decoder) {
    case DecoderKind::kPartAffinityFields:
      return std::make_unique<PartAffinityFieldsDecoder>(description, target);
    case DecoderKind::kTrtPose:
      return std::make_unique<TrtPoseDecoder>(description, target);
    case DecoderKind::kPoseNet:
      return std::make_unique<PoseNetDecoder>(description, target);
    case DecoderKind::kMoveNet:
      return std::make_unique<MoveNetDecoder>(description, target);
    case DecoderKind::kLightweightOpenPose:
      return std::make_unique<LightweightOpenPoseDecoder>(description, target);
  }
  CheckFailed(__FILE__, __LINE__, "the decoder is of a kind that there is");
}

}  // namespace sinew::pose
