// Maps as .npy and as pictures.
#include "results/heatmaps.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/npy.h"
#include "media/images/image.h"

namespace sinew::results {
namespace {

const float* Cell(const TensorView& maps, int y, int x) {
  return maps.data +
         (static_cast<size_t>(y) * static_cast<size_t>(maps.width) + static_cast<size_t>(x)) * maps.pixel_stride;
}

Status WriteAsNpy(const std::filesystem::path& path, const TensorView& maps, const WriteOptions& options) {
  const size_t channels = static_cast<size_t>(maps.channels);
  std::vector<float> dense;
  dense.reserve(static_cast<size_t>(maps.height) * static_cast<size_t>(maps.width) * channels);
  for (int y = 0; y < maps.height; ++y) {
    for (int x = 0; x < maps.width; ++x) dense.insert(dense.end(), Cell(maps, y, x), Cell(maps, y, x) + channels);
  }
  const int64_t shape[] = {maps.height, maps.width, maps.channels};
  return WriteNpy(path, shape, dense, options);
}

// 0 to 255; what is not finite is the lowest.
uint8_t Grey(float value, bool is_field) {
  const float fraction = is_field ? (value + 1) / 2 : value;
  return fraction > 0 ? static_cast<uint8_t>(std::lround(std::min(fraction, 1.0f) * 255)) : 0;
}

Status WriteAsPng(const std::filesystem::path& path, const TensorView& maps, const ModelDescription& description,
                  const WriteOptions& options) {
  if (maps.channels != description.map_channels()) {
    return InvalidArgument("{}: maps of {} channels, a picture shows the {} of {}; write .npy", path.string(),
                           maps.channels, description.map_channels(), description.skeleton.name);
  }
  media::Image image = media::Image::OfSize(maps.width * maps.channels, maps.height);
  uint8_t* pixel = image.pixels.data();
  for (int y = 0; y < maps.height; ++y) {
    for (int c = 0; c < maps.channels; ++c) {
      for (int x = 0; x < maps.width; ++x, pixel += 3)
        std::fill_n(pixel, 3, Grey(Cell(maps, y, x)[c], c >= description.first_field()));
    }
  }
  return media::WriteImage(path, image, options);
}

}  // namespace

std::filesystem::path HeatmapsPath(const std::filesystem::path& folder, std::string_view name, HeatmapFormat format) {
  return folder / fmt::format("{}_pose_heatmaps.{}", name, format == HeatmapFormat::kNpy ? "npy" : "png");
}

Status WriteHeatmaps(const std::filesystem::path& folder, std::string_view name, HeatmapFormat format,
                     const TensorView& maps, const ModelDescription& description, const WriteOptions& options) {
  const std::filesystem::path path = HeatmapsPath(folder, name, format);
  return format == HeatmapFormat::kNpy ? WriteAsNpy(path, maps, options) : WriteAsPng(path, maps, description, options);
}

}  // namespace sinew::results
