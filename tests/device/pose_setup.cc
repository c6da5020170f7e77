// Devices, networks and pictures for checks of whole pipelines.
#include "device/pose_setup.h"

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "device/network_of_model.h"

namespace sinew {
namespace {

// Strided convolutions with SAME padding shift the cells on sides that are no multiple of 8; pooling never does.
bool StridesByConvolution(const cuda::Network& network) {
  const auto strides = [](const cuda::Window& window) { return window.stride_h > 1 || window.stride_w > 1; };
  return std::any_of(network.operations.begin(), network.operations.end(), [&](const cuda::Operation& operation) {
    if (const auto* conv = std::get_if<cuda::Conv>(&operation.what)) return strides(conv->window);
    if (const auto* depthwise = std::get_if<cuda::Depthwise>(&operation.what)) return strides(depthwise->window);
    return false;
  });
}

}  // namespace

Result<DeviceModel> DeviceModel::Open(std::shared_ptr<cuda::Device> device, const std::filesystem::path& graph,
                                      Resolution resolution, const std::filesystem::path& tuning_file) {
  DeviceModel model;
  model.device_ = std::move(device);
  SINEW_ASSIGN_OR_RETURN(model.network_, NetworkOfModel(graph, resolution));
  model.weights_ = std::make_shared<cuda::Weights>(model.device_);
  SINEW_ASSIGN_OR_RETURN(model.tuner_, cuda::Tuner::Open(model.device_, tuning_file));
  return model;
}

Result<std::unique_ptr<pose::DevicePipeline>> DeviceModel::MakePipeline(pose::DevicePipelineOptions options) const {
  options.description =
      TfPoseDescription(StridesByConvolution(*network_) ? Downsampling::kSameConvolution : Downsampling::kFixed);
  return pose::DevicePipeline::Create(device_, network_, weights_, tuner_.get(), options);
}

Result<std::unique_ptr<cuda::Executor>> DeviceModel::MakeExecutor(const cuda::ExecutorOptions& options) const {
  return cuda::Executor::Create(device_, network_, weights_, tuner_.get(), options);
}

Result<PpmPicture> ReadPpm(const std::filesystem::path& path) {
  SINEW_ASSIGN_OR_RETURN(const std::string file, ReadFile(path));
  std::istringstream stream(file);
  std::string magic;
  int depth = 0;
  PpmPicture picture;
  picture.name = path.stem().string();
  stream >> magic >> picture.width >> picture.height >> depth;
  if (!stream || magic != "P6" || depth != 255 || picture.width < 1 || picture.height < 1 || picture.width > 65536 ||
      picture.height > 65536) {
    return Corrupt("{}: is no binary PPM file of 8 bits", path.string());
  }
  const size_t begin = static_cast<size_t>(stream.tellg()) + 1,
               pixels = static_cast<size_t>(picture.width) * static_cast<size_t>(picture.height);
  if (file.size() != begin + pixels * 3) {
    return Corrupt("{}: has {} bytes, {}x{} pixels need {}", path.string(), file.size(), picture.width, picture.height,
                   begin + pixels * 3);
  }
  picture.bytes.assign(file.begin() + static_cast<ptrdiff_t>(begin), file.end());
  for (size_t i = 0; i < pixels; ++i) std::swap(picture.bytes[3 * i], picture.bytes[3 * i + 2]);
  return picture;
}

Result<std::vector<PpmPicture>> ReadPpms(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".ppm") paths.push_back(entry.path());
  }
  if (error) return IoError("{}: {}", folder.string(), error.message());
  if (paths.empty()) return NotFound("{}: holds no .ppm files", folder.string());
  std::sort(paths.begin(), paths.end());
  std::vector<PpmPicture> pictures;
  for (const std::filesystem::path& path : paths) {
    SINEW_ASSIGN_OR_RETURN(PpmPicture picture, ReadPpm(path));
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

Result<cuda::Precision> ParseCudaPrecision(std::string_view name) {
  for (const cuda::Precision precision :
       {cuda::Precision::kFp32, cuda::Precision::kTf32, cuda::Precision::kFp16, cuda::Precision::kBf16}) {
    if (name == cuda::PrecisionName(precision)) return precision;
  }
  return InvalidArgument("precision \"{}\": fp32, tf32, fp16 or bf16", name);
}

Result<Resolution> ParseResolution(const std::string& text) {
  Resolution resolution;
  char x = 0;
  std::istringstream stream(text);
  if (stream >> resolution.width >> x >> resolution.height && x == 'x' && resolution.width > 0 && resolution.height > 0)
    return resolution;
  return InvalidArgument("resolution \"{}\": WIDTHxHEIGHT", text);
}

}  // namespace sinew
