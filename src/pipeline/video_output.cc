// One size and one rate for all frames.
#include "pipeline/video_output.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "pose/preprocess.h"

namespace sinew::pipeline {
namespace {

Result<media::Image> Fitted(const media::Image& picture, int width, int height) {
  const double scale =
      std::min(static_cast<double>(width) / picture.width, static_cast<double>(height) / picture.height);
  const int inner_width = std::clamp(static_cast<int>(std::lround(picture.width * scale)), 1, width);
  const int inner_height = std::clamp(static_cast<int>(std::lround(picture.height * scale)), 1, height);
  const size_t row_values = 3 * static_cast<size_t>(inner_width);
  std::vector<float> resized(row_values * static_cast<size_t>(inner_height));
  pose::Preprocessor resizer;
  SINEW_RETURN_IF_ERROR(resizer.Resize(picture.view(), inner_width, inner_height, pose::ChannelOrder::kBgr, resized));
  media::Image fitted = media::Image::OfSize(width, height);
  const size_t left = 3 * static_cast<size_t>((width - inner_width) / 2),
               top = static_cast<size_t>((height - inner_height) / 2);
  for (size_t y = 0; y < static_cast<size_t>(inner_height); ++y) {
    uint8_t* row = fitted.pixels.data() + (top + y) * 3 * static_cast<size_t>(width) + left;
    // Whole numbers of 0 to 255 already.
    for (size_t x = 0; x < row_values; ++x) row[x] = static_cast<uint8_t>(resized[y * row_values + x]);
  }
  return fitted;
}

}  // namespace

Status VideoOutput::Write(media::Image picture, double frames_per_second) {
  if (writer_ == nullptr) {
    if (picture.pixels.empty()) {
      ++missing_at_first_;
      return Status();
    }
    const double rate = frames_per_second > 0 ? frames_per_second : fallback_rate_;
    SINEW_ASSIGN_OR_RETURN(writer_, media::CreateVideo(path_, {picture.width, picture.height, rate}));
    last_ = media::Image::OfSize(picture.width, picture.height);
    for (; missing_at_first_ > 0; --missing_at_first_) SINEW_RETURN_IF_ERROR(writer_->Write(last_));
  }
  if (!picture.pixels.empty()) {
    const bool fits = picture.width == last_.width && picture.height == last_.height;
    SINEW_ASSIGN_OR_RETURN(
        last_, fits ? Result<media::Image>(std::move(picture)) : Fitted(picture, last_.width, last_.height));
  }
  return writer_->Write(last_);
}

Status VideoOutput::Finish() { return writer_ ? writer_->Finish() : Status(); }

}  // namespace sinew::pipeline
