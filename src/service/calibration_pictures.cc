// Reading and resizing pictures to calibrate by.
#include "service/calibration_pictures.h"

#include <memory>
#include <span>
#include <utility>

#include "base/error.h"
#include "media/source.h"
#include "pose/preprocess.h"

namespace sinew::service {
namespace {

Result<std::vector<float>> ReadPictures(const std::vector<media::Input>& inputs, const InputConvention& convention,
                                        Resolution resolution) {
  SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<media::Source> source, media::OpenInputs(inputs, {}));
  const size_t expected = static_cast<size_t>(source->expected_frames().value_or(0));
  const size_t step = std::max<size_t>(1, expected / kMostCalibrationPictures);
  const size_t floats = 3 * static_cast<size_t>(resolution.width) * static_cast<size_t>(resolution.height);
  pose::Preprocessor preprocessor;
  std::vector<float> pictures;
  media::Frame frame;
  for (size_t i = 0; pictures.size() < kMostCalibrationPictures * floats; ++i) {
    SINEW_ASSIGN_OR_RETURN(const bool more, source->Next(&frame));
    if (!more) break;
    if (!frame.error.empty()) return IoError("{}", frame.error);
    if (i % step != 0) continue;
    pictures.resize(pictures.size() + floats);
    const std::span<float> picture = std::span(pictures).last(floats);
    SINEW_RETURN_IF_ERROR(preprocessor.Resize(frame.image.view(), resolution.width, resolution.height,
                                              convention.channel_order, picture));
    for (size_t k = 0; k < floats; ++k) picture[k] = (picture[k] - convention.mean[k % 3]) * convention.scale[k % 3];
  }
  if (pictures.empty()) return InvalidArgument("--calibrate: there are no pictures to calibrate by");
  return pictures;
}

}  // namespace

std::function<Result<std::vector<float>>(Resolution)> CalibrationPictures(std::vector<media::Input> inputs,
                                                                          const InputConvention& convention) {
  return [inputs = std::move(inputs), convention](Resolution resolution) {
    return ReadPictures(inputs, convention, resolution);
  };
}

}  // namespace sinew::service
