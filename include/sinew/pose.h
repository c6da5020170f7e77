// People in pictures: the one call that most programs need.
//
//   auto model = sinew::Model::Load("thin.sinew");
//   auto estimator = sinew::PoseEstimator::Create(*model);
//   auto people = estimator->Estimate({pixels, width, height, row_stride_bytes});  // B, G, R bytes
//   for (const sinew::Person& person : *people) Use(person.keypoints[0]);          // the nose
#pragma once

#include <memory>
#include <vector>

#include "sinew/decode_options.h"
#include "sinew/model.h"
#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew {

// How a picture of another shape gets into the network's input.
enum class Fit {
  kStretch,  // to all of it, as tf-pose-estimation does
  kPad,      // evenly, to the top left, as OpenPose does; the rest is InputConvention::padding (black)
};

struct PoseOptions {
  SessionOptions session;
  DecodeOptions decode;
  Fit fit = Fit::kStretch;
  // Further resolutions of the model that the network looks at the picture in. The maps of all are averaged on the
  // cells of session.resolution's (OpenPose's --scale_number); it should be the largest.
  std::vector<Resolution> more_scales;
  // Also looks at each picture mirrored, and averages the maps: twice the time, for steadier people. kUnsupported where
  // the skeleton has a limb that it lacks on the other side of the body.
  bool flip_average = false;
};

// The resolution with the picture's shape: -1 as width or height of `wish` becomes the side that fits best of those
// that `input` allows (OpenPose's --net_resolution -1x368: multiples of 16, at least 16). What has no -1 comes back as
// it is. kInvalidArgument where both are -1, where a picture's side is below 1, or for more than 16384 pixels on a
// side.
Result<Resolution> FitResolution(Resolution wish, int picture_width, int picture_height,
                                 const InputConvention& input = {});

// `number` resolutions for multi-scale averaging: `largest` times 1, 1 - gap, 1 - 2 gap, ..., each side cut to one that
// `input` allows, a multiple of 16 (OpenPose's --scale_number and --scale_gap). kInvalidArgument where the last one
// would have nothing left.
Result<std::vector<Resolution>> MakeScales(Resolution largest, int number, double gap,
                                           const InputConvention& input = {});

// Seconds of turning maps into people.
struct DecodeTimes {
  double smoothing = 0;  // upsampling and smoothing the heat maps
  double peaks = 0;      // finding keypoints on them
  double limbs = 0;      // scoring and matching pairs of keypoints along the fields
  double assembly = 0;   // joining limbs to people
};

// Seconds that each stage of an estimate took.
struct PoseTimes {
  double resize = 0;   // of the picture to the network's inputs
  double network = 0;  // on all scales
  double decode = 0;   // of the maps to people, and their averaging
  DecodeTimes decode_parts;
};

// Finds people in pictures with one model: a session, a resizer and a decoder. One call at a time; different estimators
// are independent, and may share a Model. The result depends on nothing but the picture and the options.
class PoseEstimator {
 public:
  // Errors: those of Session::Create; kInvalidArgument for decode options out of range, or where SINEW_FORCE_TARGET
  // names no instruction set of this processor; kUnsupported where the model's outputs are not those of a pose network.
  static Result<PoseEstimator> Create(const Model& model, const PoseOptions& options = {});
  PoseEstimator(PoseEstimator&&) noexcept;
  PoseEstimator& operator=(PoseEstimator&&) noexcept;
  ~PoseEstimator();

  // Keypoints are pixels of the picture as given. Errors:
  // kInvalidArgument for a picture without pixels, with a side above 65536 or a row stride below its width. `hooks` are
  // those of Session::Run, on each scale.
  Result<std::vector<Person>> Estimate(const ImageView& picture, const RunHooks& hooks = {});

  // For the pictures to come, as PoseOptions::decode was. kInvalidArgument for options out of range, kUnsupported on
  // GPUs, which decode as they were told at first; nothing changes then.
  Status SetDecodeOptions(const DecodeOptions& options);

  Resolution resolution() const;
  // What the model's numbers mean: the keypoints of all people that Estimate returns are those of its skeleton.
  const ModelDescription& description() const;
  // Of the last Estimate.
  const PoseTimes& times() const;
  // All keypoints of the last picture, whether they are in people or not: a list for each of the skeleton's.
  std::vector<std::vector<Keypoint>> candidates() const;
  // The network's maps of the last picture, h x w x ModelDescription::map_channels(): heat maps in the skeleton's
  // order, the background where there is one, then the fields; averaged over the scales and both sides. Valid until the
  // next Estimate. Of a GPU they are fetched on request, and have no data where that fails.
  TensorView maps() const;
  // The part of the network's input that the last picture took, from the top left corner on: all of it with
  // Fit::kStretch.
  Resolution content() const;

 private:
  struct State;
  explicit PoseEstimator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sinew
