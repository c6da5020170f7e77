// Arguments of pose_work.h's calls.
#include "backends/cuda/pose/work_checks.h"

#include "base/error.h"

namespace sinew::cuda {
namespace {

Status CheckPicture(const PictureBytes& picture) {
  if (picture.data == nullptr) return InvalidArgument("picture: data is null");
  if (picture.width < 1 || picture.height < 1 || picture.width > kMaxPictureSide || picture.height > kMaxPictureSide) {
    return InvalidArgument("picture of {}x{} pixels: both sides must be 1 to {}", picture.width, picture.height,
                           kMaxPictureSide);
  }
  if (picture.row_stride < static_cast<size_t>(picture.width) * 3) {
    return InvalidArgument("picture: row stride of {} bytes is less than a row of {} BGR pixels ({} bytes)",
                           picture.row_stride, picture.width, picture.width * 3);
  }
  return Status();
}

Status CheckTensor(const char* name, const View& tensor, int pictures, int batch) {
  if (pictures < 1 || pictures > batch) return InvalidArgument("{} pictures: must be 1 to {}", pictures, batch);
  if (tensor.data == nullptr || tensor.width < 1 || tensor.height < 1 || tensor.channels < 1 ||
      tensor.pixel_stride < tensor.channels || tensor.batch < pictures) {
    return InvalidArgument("{}: {} pictures of {}x{}x{}, {} values a pixel, for {}: no tensor", name, tensor.batch,
                           tensor.height, tensor.width, tensor.channels, tensor.pixel_stride, pictures);
  }
  return Status();
}

}  // namespace

Status CheckResize(std::span<const ResizeJob> jobs, const View& input, int batch) {
  SINEW_RETURN_IF_ERROR(CheckTensor("network input", input, static_cast<int>(jobs.size()), batch));
  if (input.channels != 3) return InvalidArgument("network input of {} channels: pictures have 3", input.channels);
  for (const ResizeJob& job : jobs) {
    SINEW_RETURN_IF_ERROR(CheckPicture(job.picture));
    if (job.content_width < 1 || job.content_height < 1 || job.content_width > input.width ||
        job.content_height > input.height) {
      return InvalidArgument("a picture cannot take {}x{} pixels of a network input of {}x{}", job.content_width,
                             job.content_height, input.width, input.height);
    }
  }
  return Status();
}

Result<MapParts> SelectParts(const DecodePlan& plan, std::span<const View> outputs, int pictures, int batch) {
  MapParts maps{};
  maps.count = static_cast<int>(plan.parts.size());
  maps.heat = plan.heat_part, maps.fields = plan.field_part;
  for (size_t p = 0; p < plan.parts.size(); ++p) {
    const MapPart& part = plan.parts[p];
    if (static_cast<size_t>(part.output) >= outputs.size()) {
      return InvalidArgument("{} outputs, the decoder needs number {}", outputs.size(), part.output);
    }
    const View& view = outputs[static_cast<size_t>(part.output)];
    SINEW_RETURN_IF_ERROR(CheckTensor("maps", view, pictures, batch));
    if (view.height != plan.y.cells || view.width != plan.x.cells || view.channels < part.first + part.count) {
      return InvalidArgument("maps of {}x{}x{}: the decoder was made for {}x{} and {} channels", view.height,
                             view.width, view.channels, plan.y.cells, plan.x.cells, part.first + part.count);
    }
    maps.views[p] = view;
    maps.first[p] = part.first, maps.channels[p] = part.count;
  }
  return maps;
}

}  // namespace sinew::cuda
