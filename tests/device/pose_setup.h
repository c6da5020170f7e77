// What the programs that run whole pose pipelines on a device share: a network on it, pictures.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/cuda/device.h"
#include "backends/cuda/executor.h"
#include "pose/device_pipeline.h"
#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew {

// A graph on a device, ready for any number of pipelines.
class DeviceModel {
 public:
  // `tuning_file` may be empty.
  static Result<DeviceModel> Open(std::shared_ptr<cuda::Device> device, const std::filesystem::path& graph,
                                  Resolution resolution, const std::filesystem::path& tuning_file);

  // Fills in what the network says about where its cells lie.
  Result<std::unique_ptr<pose::DevicePipeline>> MakePipeline(pose::DevicePipelineOptions options) const;
  // The pipeline's network alone.
  Result<std::unique_ptr<cuda::Executor>> MakeExecutor(const cuda::ExecutorOptions& options) const;
  Status SaveTuning() const { return tuner_->Save(); }

 private:
  std::shared_ptr<cuda::Device> device_;
  std::shared_ptr<const cuda::Network> network_;
  std::shared_ptr<cuda::Weights> weights_;
  std::shared_ptr<cuda::Tuner> tuner_;
};

// A picture read from a binary PPM file (P6, 8 bits), as rows of B, G, R.
struct PpmPicture {
  std::string name;
  int width = 0, height = 0;
  std::vector<uint8_t> bytes;
  ImageView view() const { return {bytes.data(), width, height, static_cast<size_t>(width) * 3}; }
};
Result<PpmPicture> ReadPpm(const std::filesystem::path& path);
// All *.ppm of a folder, by name.
Result<std::vector<PpmPicture>> ReadPpms(const std::filesystem::path& folder);

Result<cuda::Precision> ParseCudaPrecision(std::string_view name);
Result<Resolution> ParseResolution(const std::string& text);

}  // namespace sinew
