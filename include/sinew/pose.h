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

struct PoseOptions {
  SessionOptions session;
  DecodeOptions decode;
};

// Seconds that each stage of an estimate took.
struct PoseTimes {
  double resize = 0;   // of the picture to the network's input
  double network = 0;
  double decode = 0;   // of the maps to people
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

  // The picture is stretched to the network's resolution; keypoints are pixels of the picture as given. Errors:
  // kInvalidArgument for a picture without pixels, with a side above 65536 or a row stride below its width.
  Result<std::vector<Person>> Estimate(const ImageView& picture);

  Resolution resolution() const;
  // Of the last Estimate.
  const PoseTimes& times() const;
  // The network's output on the last picture, h x w x 57; valid until the next Estimate.
  TensorView maps() const;

 private:
  struct State;
  explicit PoseEstimator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sinew
