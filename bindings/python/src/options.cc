// The names of the options.
#include "options.h"

#include "bindings.h"
#include "service/description_json.h"
#include "service/open_device.h"

namespace sinew::python {

void TakePeopleOptions(Keywords* keywords, Fit* fit, bool* flip_average, DecodeOptions* options) {
  keywords->TakeChoice("compat",
                       {{"none", DecodeOptions::Compat::kNone},
                        {"tf-pose", DecodeOptions::Compat::kTfPose},
                        {"openpose", DecodeOptions::Compat::kOpenPose}},
                       &options->compat);
  if (options->compat == DecodeOptions::Compat::kOpenPose) {
    *options = OpenPoseDecodeOptions();
    *fit = Fit::kPad;
  }
  keywords->TakeChoice("fit", {{"stretch", Fit::kStretch}, {"pad", Fit::kPad}}, fit);
  keywords->Take("flip_average", flip_average);
  keywords->Take("threshold", &options->peak_threshold);
  keywords->Take("paf_threshold", &options->paf_threshold);
  keywords->Take("min_score", &options->min_score);
  keywords->Take("min_parts", &options->min_parts);
  keywords->Take("max_people", &options->max_people);
  keywords->Take("max_peaks", &options->max_peaks);
  keywords->Take("resize_out_ratio", &options->resize_out_ratio);
  keywords->Take("smoothing", &options->smoothing_taps);
  keywords->Take("refine", &options->refine_peaks);
}

void TakeDevice(Keywords* keywords, Device* device, Precision* precision) {
  std::string device_name = "cpu", precision_name = "auto";
  keywords->Take("device", &device_name);
  keywords->Take("precision", &precision_name);
  const Result<Precision> parsed = ParsePrecision(precision_name);
  if (!parsed.ok()) Check(Prefixed("precision", parsed.status()));
  *precision = *parsed;
  Result<Device> opened = WithoutInterpreter([&] { return service::OpenDevice(device_name); });
  if (!opened.ok()) Check(Prefixed("device", opened.status()));
  *device = std::move(*opened);
}

void TakeKeypointScale(Keywords* keywords, results::KeypointScale* scale) {
  keywords->TakeChoice("keypoint_scale",
                       {{"picture", results::KeypointScale::kPicture},
                        {"unit", results::KeypointScale::kUnit},
                        {"signed", results::KeypointScale::kSigned}},
                       scale);
}

service::ModelCache::Options TakeCacheOptions(Keywords* keywords, const pybind11::object& log) {
  service::ModelCache::Options options;
  options.log = ToLog(log);
  std::optional<std::string> skeleton, prototxt;
  keywords->Take("skeleton", &skeleton);
  keywords->Take("prototxt", &prototxt);
  if (prototxt) options.prototxt = *prototxt;
  if (skeleton) {
    Result<ModelDescription> description = WithoutInterpreter([&] { return service::ReadModelDescription(*skeleton); });
    if (!description.ok()) Check(Prefixed("skeleton", description.status()));
    options.description = *std::move(description);
  }
  return options;
}

}  // namespace sinew::python
