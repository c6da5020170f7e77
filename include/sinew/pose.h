// People on pictures: the one call that most programs need.
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
#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew {

// How a picture of another shape gets into the network's input.
enum class Fit {
  kStretch,  // to all of it, as tf-pose-estimation does
  kPad,      // evenly, to the top left; the rest is black, as OpenPose does
};

struct PoseOptions {
  SessionOptions session;
  DecodeOptions decode;
  Fit fit = Fit::kStretch;
  // Further resolutions of the model that the network looks at the picture in. The maps of all are averaged on the
  // cells of session.resolution's (OpenPose's --scale_number); it should be the largest.
  std::vector<Resolution> more_scales;
};

// The resolution with the picture's shape: -1 as width or height of `wish` becomes the multiple of 16 that fits best,
// at least 16 (OpenPose's --net_resolution -1x368). What has no -1 comes back as it is. kInvalidArgument where both are
// -1, where a picture's side is below 1, or for more than 16384 pixels on a side.
Result<Resolution> FitResolution(Resolution wish, int picture_width, int picture_height);

// `number` resolutions for multi-scale averaging: `largest` times 1, 1 - gap, 1 - 2 gap, ..., each side cut to a
// multiple of 16 (OpenPose's --scale_number and --scale_gap). kInvalidArgument where the last one would have nothing
// left.
Result<std::vector<Resolution>> MakeScales(Resolution largest, int number, double gap);

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

// Finds people on pictures with one model: a session, a resizer and a decoder. One call at a time; different estimators
// are independent, and may share a Model. The result depends on nothing but the picture and the options.
class PoseEstimator {
 public:
  // Errors: those of Session::Create; kInvalidArgument for decode options out of range; kUnsupported when the model's
  // output is no set of COCO-18 heat maps and part affinity fields (57 channels at an eighth of the input).
  static Result<PoseEstimator> Create(const Model& model, const PoseOptions& options = {});
  PoseEstimator(PoseEstimator&&) noexcept;
  PoseEstimator& operator=(PoseEstimator&&) noexcept;
  ~PoseEstimator();

  // Keypoints are pixels of the picture as given. Errors:
  // kInvalidArgument for a picture without pixels, with a side above 65536 or a row stride below its width. `hooks` are
  // those of Session::Run, on each scale.
  Result<std::vector<Person>> Estimate(const ImageView& picture, const RunHooks& hooks = {});

  Resolution resolution() const;
  // Of the last Estimate.
  const PoseTimes& times() const;
  // The network's output on the last picture, h x w x 57, averaged over the scales; valid until the next Estimate.
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
