// Checks whole pose pipelines on a GPU against the processor, and makes the files that the comparison with PyTorch
// needs.
//
//   sinew-pose-check synth -o cmu.pb
//   sinew-pose-check export --model GRAPH --resolution WxH -o NETWORK.onnx
//   sinew-pose-check people --model GRAPH --resolution WxH --pictures FOLDER --precision P... [--json FILE]
//                    the people of every *.ppm: the processor's in fp32 are the yardstick
//
// Prints a line a check; exits with 1 when one failed.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "backends/cuda/testing/test_device.h"
#include "base/error.h"
#include "base/file.h"
#include "compiler/synth/cmu.h"
#include "device/pose_setup.h"
#include "evaluate/agreement.h"
#include "sinew/compiler.h"
#include "sinew/export.h"
#include "sinew/pose.h"

namespace sinew {
namespace {

using Json = nlohmann::json;

struct Flags {
  std::string model, pictures, out, json, tuning, device = "cuda", resolution = "432x368";
  std::vector<std::string> precisions = {"fp32", "fp16"};
  int batch = 1, streams = 2;
  int64_t seed = 1;
};

// In fp32 both compute the same but for rounding, which may move a peak by one pixel of the upsampled maps (2 of the
// network's input), make or break a keypoint at a threshold, and no more. Other precisions may also make or break a
// person at one: one in a hundred of those that both find counted together, an F1 of 0.99, and one where there are
// fewer.
struct Bounds {
  bool same_people;
  double most_different;  // keypoints that only one of the two has, of those that both have
};
Bounds BoundsOf(cuda::Precision precision) {
  return precision == cuda::Precision::kFp32 ? Bounds{true, 0.002} : Bounds{false, 0.03};
}

bool AreWithin(const Bounds& bounds, const evaluate::Agreement& agreement) {
  if (agreement.expected == 0) return false;  // nothing was shown
  const int64_t different_people = agreement.expected + agreement.found - 2 * agreement.matched;
  const int64_t different_keypoints = agreement.missing_keypoints + agreement.surplus_keypoints;
  const bool people = bounds.same_people ? different_people == 0 : different_people <= 1 || agreement.f1 >= 0.99;
  return people && static_cast<double>(different_keypoints) <=
                       bounds.most_different * static_cast<double>(agreement.common_keypoints);
}

// The yardstick: the processor's people, its algorithms all exact.
Result<std::vector<std::vector<Person>>> PeopleOfProcessor(const Flags& flags, Resolution resolution,
                                                           const std::vector<PpmPicture>& pictures) {
  const std::filesystem::path artifact =
      std::filesystem::temp_directory_path() / fmt::format("sinew-pose-check-{}.sinew", getpid());
  CompileOptions options;
  options.resolutions = {resolution};
  options.exact = true;
  SINEW_RETURN_IF_ERROR(Compile(flags.model, artifact, options).status());
  Result<Model> model = Model::Load(artifact);
  std::filesystem::remove(artifact);
  if (!model.ok()) return model.status();
  SINEW_ASSIGN_OR_RETURN(PoseEstimator estimator, PoseEstimator::Create(*model));
  std::vector<std::vector<Person>> people;
  for (const PpmPicture& picture : pictures) {
    Result<std::vector<Person>> found = estimator.Estimate(picture.view());
    if (!found.ok()) return Prefixed(picture.name, found.status());
    people.push_back(std::move(*found));
  }
  return people;
}

Status CheckPrecision(const Flags& flags, const DeviceModel& model, const std::string& precision_name,
                      const std::vector<PpmPicture>& pictures, const std::vector<std::vector<Person>>& expected,
                      Json* results) {
  SINEW_ASSIGN_OR_RETURN(const cuda::Precision precision, ParseCudaPrecision(precision_name));
  SINEW_ASSIGN_OR_RETURN(
      const auto pipeline,
      model.MakePipeline({.executor = {.precision = precision, .batch = flags.batch}, .streams = flags.streams}));
  std::vector<ImageView> views;
  for (const PpmPicture& picture : pictures) views.push_back(picture.view());
  SINEW_ASSIGN_OR_RETURN(const auto people, pipeline->EstimateAll(views));
  SINEW_ASSIGN_OR_RETURN(const auto again, pipeline->EstimateAll(views));
  SINEW_ASSIGN_OR_RETURN(evaluate::AgreementCounter counter, evaluate::AgreementCounter::Create());
  int same_again = 0, equal = 0;
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (!people[i].ok()) return Prefixed(pictures[i].name, people[i].status());
    SINEW_RETURN_IF_ERROR(counter.Add(expected[i], *people[i]));
    same_again += again[i].ok() && *again[i] == *people[i];
    equal += *people[i] == expected[i];
  }
  const evaluate::Agreement agreement = counter.Summary();
  const bool is_good = AreWithin(BoundsOf(precision), agreement) && same_again == static_cast<int>(pictures.size());
  fmt::print(
      "{} people {} {} batch {}: {} pictures, {} people expected, {} found, F1 {:.4f}, mean OKS {:.4f}; of {} "
      "keypoints {} missing, {} surplus, "
      "p99 {:.2f} and at most {:.2f} pixels off; {} pictures without any difference; {} the same again\n",
      is_good ? "ok    " : "FAILED", flags.resolution, precision_name, flags.batch, agreement.pictures,
      agreement.expected, agreement.found, agreement.f1, agreement.mean_oks, agreement.common_keypoints,
      agreement.missing_keypoints, agreement.surplus_keypoints, agreement.pixels.p99, agreement.pixels.most, equal,
      same_again);
  results->push_back({{"model", flags.model},
                      {"resolution", flags.resolution},
                      {"precision", precision_name},
                      {"batch", flags.batch},
                      {"pictures", agreement.pictures},
                      {"people_expected", agreement.expected},
                      {"people_found", agreement.found},
                      {"f1", agreement.f1},
                      {"mean_oks", agreement.mean_oks},
                      {"common_keypoints", agreement.common_keypoints},
                      {"missing_keypoints", agreement.missing_keypoints},
                      {"surplus_keypoints", agreement.surplus_keypoints},
                      {"pixels_p99", agreement.pixels.p99},
                      {"pixels_most", agreement.pixels.most},
                      {"pictures_without_difference", equal},
                      {"pictures_the_same_again", same_again},
                      {"ok", is_good}});
  return is_good ? Status() : Internal("{}: people differ from the processor's", precision_name);
}

Status CheckPeople(const Flags& flags) {
  SINEW_ASSIGN_OR_RETURN(const Resolution resolution, ParseResolution(flags.resolution));
  SINEW_ASSIGN_OR_RETURN(const std::vector<PpmPicture> pictures, ReadPpms(flags.pictures));
  SINEW_ASSIGN_OR_RETURN(const std::shared_ptr<cuda::Device> device, cuda::OpenNamedDevice(flags.device));
  SINEW_ASSIGN_OR_RETURN(const DeviceModel model, DeviceModel::Open(device, flags.model, resolution, flags.tuning));
  SINEW_ASSIGN_OR_RETURN(const auto expected, PeopleOfProcessor(flags, resolution, pictures));
  Json json = {{"device", device->info().name}, {"results", Json::array()}};
  Status failed;
  for (const std::string& precision : flags.precisions) {
    const Status status = CheckPrecision(flags, model, precision, pictures, expected, &json["results"]);
    if (!status.ok()) failed = status;
  }
  SINEW_RETURN_IF_ERROR(model.SaveTuning());
  if (!flags.json.empty()) SINEW_RETURN_IF_ERROR(WriteFile(flags.json, json.dump(1) + "\n"));
  return failed;
}

Status Synthesize(const Flags& flags) {
  SINEW_ASSIGN_OR_RETURN(const std::string graph, synth::CmuGraphDef(static_cast<uint64_t>(flags.seed)));
  return WriteFile(flags.out, graph);
}

Status Export(const Flags& flags) {
  ExportOptions options;
  SINEW_ASSIGN_OR_RETURN(options.resolution, ParseResolution(flags.resolution));
  return ExportOnnx(flags.model, flags.out, options).status();
}

int Main(int argc, char** argv) {
  Flags flags;
  CLI::App app("Checks whole pose pipelines on a GPU");
  app.require_subcommand(1);
  CLI::App* const synth = app.add_subcommand("synth", "A CMU network with made-up weights");
  synth->add_option("--seed", flags.seed);
  CLI::App* const to_onnx = app.add_subcommand("export", "A network as ONNX");
  for (CLI::App* command : {synth, to_onnx}) command->add_option("-o", flags.out)->required();
  CLI::App* const people = app.add_subcommand("people", "People against the processor's");
  for (CLI::App* command : {to_onnx, people}) {
    command->add_option("--model", flags.model)->required();
    command->add_option("--resolution", flags.resolution)->capture_default_str();
  }
  people->add_option("--pictures", flags.pictures, "Folder of *.ppm")->required();
  people->add_option("--precision", flags.precisions)->capture_default_str();
  people->add_option("--batch", flags.batch)->capture_default_str();
  people->add_option("--streams", flags.streams)->capture_default_str();
  people->add_option("--device", flags.device, "cuda, cuda:N or host")->capture_default_str();
  people->add_option("--tuning", flags.tuning, "File of measured algorithms");
  people->add_option("--json", flags.json, "Where results go");
  CLI11_PARSE(app, argc, argv);
  const Status status = synth->parsed() ? Synthesize(flags) : to_onnx->parsed() ? Export(flags) : CheckPeople(flags);
  if (!status.ok()) fmt::print(stderr, "sinew-pose-check: {}\n", status.message());
  return status.ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace sinew

int main(int argc, char** argv) { return sinew::Main(argc, argv); }
