// sinew on a GPU as a worker of bench/peers/bench_cuda.py: one JSON object a line in, one out, {"error": TEXT} if it
// cannot.
//
//   {"do": "load", "model": GRAPH, "resolution": [W, H], "precision": P, "batch": N, "streams": S, "pictures": FOLDER,
//    "tuning": FILE, "stand_in": FILE or null, "device": "cuda"}    ->  {"device": NAME, "version": TEXT}
//        the pictures are a folder's *.ppm; stand_in: maps as raw float32, decoded in place of the network's
//   {"do": "people"}                  ->  {"people": [for each picture [[score, [x, y, score] for each keypoint] for
//   each person]]}
//   {"do": "maps", "path": FILE}      ->  {"shape": [h, w, C]}; the first picture's, as raw float32
//   {"do": "network", "count": N}     ->  {"ms": [N numbers]}; the network alone on the GPU, each the mean of ten runs
//   in a row
//   {"do": "latency", "count": N}     ->  {"ms": [N numbers]}; a batch of pictures in memory to people, one batch at a
//   time
//   {"do": "sequence", "count": N}    ->  {"seconds": T, "pictures": N, "stages": {stage: milliseconds a picture}}; all
//   streams busy
//   {"do": "quit"}                    ->  {}
#include <chrono>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "backends/cuda/testing/test_device.h"
#include "base/error.h"
#include "base/file.h"
#include "device/pose_setup.h"
#include "sinew/version.h"

namespace sinew {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

class Worker {
 public:
  Result<Json> Perform(const Json& request) {
    const std::string action = request.at("do");
    if (action == "quit") return Json::object();
    if (action == "load") return Load(request);
    if (!pipeline_) return InvalidArgument("nothing is loaded");
    if (action == "people") return People();
    if (action == "maps") return Maps(request.at("path").get<std::string>());
    if (action == "network") return Network(request.at("count"));
    if (action == "latency") return Latency(request.at("count"));
    if (action == "sequence") return Sequence(request.at("count"));
    return InvalidArgument("no action is called \"{}\"", action);
  }

 private:
  Result<Json> Load(const Json& request) {
    pipeline_.reset(), timed_.reset(), executor_.reset(), model_.reset();
    SINEW_ASSIGN_OR_RETURN(device_, cuda::OpenNamedDevice(request.value("device", "cuda")));
    const Resolution resolution{request.at("resolution").at(0), request.at("resolution").at(1)};
    SINEW_ASSIGN_OR_RETURN(pictures_, ReadPpms(request.at("pictures").get<std::string>()));
    SINEW_ASSIGN_OR_RETURN(model_, DeviceModel::Open(device_, request.at("model").get<std::string>(), resolution,
                                                     request.value("tuning", "")));
    pose::DevicePipelineOptions options;
    SINEW_ASSIGN_OR_RETURN(options.executor.precision, ParseCudaPrecision(request.at("precision").get<std::string>()));
    options.executor.batch = batch_ = request.at("batch");
    options.streams = request.at("streams");
    if (request.contains("stand_in") && !request["stand_in"].is_null()) {
      SINEW_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(request["stand_in"].get<std::string>()));
      options.stand_in_maps.resize(bytes.size() / sizeof(float));
      std::memcpy(options.stand_in_maps.data(), bytes.data(), options.stand_in_maps.size() * sizeof(float));
    }
    SINEW_ASSIGN_OR_RETURN(pipeline_, model_->MakePipeline(options));
    options.is_timed = true;
    options.streams = 1;
    SINEW_ASSIGN_OR_RETURN(timed_, model_->MakePipeline(options));
    SINEW_ASSIGN_OR_RETURN(executor_, model_->MakeExecutor(options.executor));
    SINEW_RETURN_IF_ERROR(model_->SaveTuning());
    return Json{{"device", device_->info().name}, {"version", kVersion}};
  }

  // `count` pictures, beginning with `first` and in turn.
  std::vector<ImageView> Views(size_t first, size_t count) const {
    std::vector<ImageView> views;
    for (size_t i = 0; i < count; ++i) views.push_back(pictures_[(first + i) % pictures_.size()].view());
    return views;
  }

  Result<Json> People() {
    SINEW_ASSIGN_OR_RETURN(const auto people, pipeline_->EstimateAll(Views(0, pictures_.size())));
    Json json = Json::array();
    for (const auto& found : people) {
      if (!found.ok()) return found.status();
      Json& picture = json.emplace_back(Json::array());
      for (const Person& person : *found) {
        Json keypoints = Json::array();
        for (const Keypoint& keypoint : person.keypoints) keypoints.push_back({keypoint.x, keypoint.y, keypoint.score});
        picture.push_back({person.score, keypoints});
      }
    }
    return Json{{"people", json}};
  }

  Result<Json> Maps(const std::string& path) {
    SINEW_RETURN_IF_ERROR(pipeline_->EstimateAll(Views(0, 1)).status());
    const cuda::Shape shape = pipeline_->executor().output_shape(0);
    std::vector<float> maps(static_cast<size_t>(shape.height) * static_cast<size_t>(shape.width) *
                            static_cast<size_t>(shape.channels));
    SINEW_ASSIGN_OR_RETURN(const cuda::OwnedStream stream, cuda::NewStreamOn(device_));
    const size_t bytes = maps.size() * sizeof(float);
    SINEW_RETURN_IF_ERROR(
        device_->CopyToHost(maps.data(), pipeline_->executor().device_output(0), bytes, stream.get()));
    SINEW_RETURN_IF_ERROR(device_->Synchronize(stream.get()));
    SINEW_RETURN_IF_ERROR(WriteFile(path, {reinterpret_cast<const char*>(maps.data()), bytes}));
    return Json{{"shape", {shape.height, shape.width, shape.channels}}};
  }

  Result<Json> Network(int count) {
    constexpr int kInARow = 10;
    SINEW_ASSIGN_OR_RETURN(const cuda::OwnedStream stream, cuda::NewStreamOn(device_));
    SINEW_ASSIGN_OR_RETURN(const cuda::OwnedEvent begin, cuda::NewEventOn(device_, /*timed=*/true));
    SINEW_ASSIGN_OR_RETURN(const cuda::OwnedEvent end, cuda::NewEventOn(device_, /*timed=*/true));
    SINEW_RETURN_IF_ERROR(FillInput(stream.get()));
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
      SINEW_RETURN_IF_ERROR(device_->Record(begin.get(), stream.get()));
      for (int j = 0; j < kInARow; ++j) SINEW_RETURN_IF_ERROR(executor_->Enqueue(stream.get()));
      SINEW_RETURN_IF_ERROR(device_->Record(end.get(), stream.get()));
      SINEW_RETURN_IF_ERROR(device_->Synchronize(stream.get()));
      SINEW_ASSIGN_OR_RETURN(const double milliseconds, device_->Milliseconds(begin.get(), end.get()));
      times.push_back(milliseconds / kInARow);
    }
    return Json{{"ms", times}};
  }

  // Zeros would flatter it: a picture's bytes are no harder than a network's real input.
  Status FillInput(cuda::Stream* stream) {
    const cuda::Shape shape = executor_->input_shape();
    std::vector<float> input(static_cast<size_t>(batch_) * static_cast<size_t>(shape.height) *
                             static_cast<size_t>(shape.width) * 3);
    const std::vector<uint8_t>& bytes = pictures_[0].bytes;
    for (size_t i = 0; i < input.size(); ++i) input[i] = bytes[i % bytes.size()];
    SINEW_RETURN_IF_ERROR(
        device_->CopyToDevice(executor_->device_input(), input.data(), input.size() * sizeof(float), stream));
    return device_->Synchronize(stream);
  }

  Result<Json> Latency(int count) {
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
      const std::vector<ImageView> views = Views(next_, static_cast<size_t>(batch_));
      next_ += views.size();
      const Clock::time_point start = Clock::now();
      SINEW_RETURN_IF_ERROR(pipeline_->Submit(views));
      SINEW_ASSIGN_OR_RETURN(const auto people, pipeline_->Take());
      times.push_back(MillisecondsSince(start));
      for (const auto& found : people) SINEW_RETURN_IF_ERROR(found.status());
    }
    return Json{{"ms", times}};
  }

  Result<Json> Sequence(int count) {
    const std::vector<ImageView> views = Views(0, static_cast<size_t>(count));
    const Clock::time_point start = Clock::now();
    SINEW_ASSIGN_OR_RETURN(const auto people, pipeline_->EstimateAll(views));
    const double seconds = MillisecondsSince(start) / 1e3;
    for (const auto& found : people) SINEW_RETURN_IF_ERROR(found.status());
    // What each stage takes when nothing else goes on.
    pose::DeviceTimes sum;
    constexpr int kRuns = 10;
    for (int i = 0; i < kRuns; ++i) {
      SINEW_RETURN_IF_ERROR(timed_->Submit(Views(static_cast<size_t>(i * batch_), static_cast<size_t>(batch_))));
      SINEW_RETURN_IF_ERROR(timed_->Take().status());
      const pose::DeviceTimes& times = timed_->times();
      sum.staging += times.staging, sum.upload += times.upload, sum.resize += times.resize,
          sum.network += times.network;
      sum.decode += times.decode, sum.assembly += times.assembly;
    }
    const double part = 1.0 / (kRuns * batch_);
    return Json{{"seconds", seconds},
                {"pictures", count},
                {"stages",
                 {{"staging", sum.staging * part},
                  {"upload", sum.upload * part},
                  {"resize", sum.resize * part},
                  {"network", sum.network * part},
                  {"decode", sum.decode * part},
                  {"assembly", sum.assembly * part}}}};
  }

  std::shared_ptr<cuda::Device> device_;
  std::optional<DeviceModel> model_;
  std::vector<PpmPicture> pictures_;
  std::unique_ptr<pose::DevicePipeline> pipeline_, timed_;
  std::unique_ptr<cuda::Executor> executor_;
  int batch_ = 1;
  size_t next_ = 0;
};

Json Answer(Worker& worker, const std::string& line) {
  try {
    const Result<Json> answer = worker.Perform(Json::parse(line));
    return answer.ok() ? *answer : Json{{"error", answer.status().message()}};
  } catch (const Json::exception& error) {
    return {{"error", error.what()}};
  }
}

}  // namespace
}  // namespace sinew

int main() {
  sinew::Worker worker;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << sinew::Answer(worker, line).dump() << std::endl;
    if (line.find("\"quit\"") != std::string::npos) break;
  }
}
