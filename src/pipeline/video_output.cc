// One size and one clock for all frames.
#include "pipeline/video_output.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "pose/preprocess.h"

namespace sinew::pipeline {
namespace {

// A frame longer than this is a mistake in a container.
constexpr double kMaxFrameSeconds = 3600;

// The picture in the size and the shape of pixels of `target`.
Result<media::Image> Fitted(const media::Image& picture, const media::Image& target) {
  const int width = target.width, height = target.height;
  // As wide as it is seen, in pixels of the target's height.
  const double seen_width = picture.width * picture.pixel_aspect / target.pixel_aspect;
  const double scale = std::min(width / seen_width, static_cast<double>(height) / picture.height);
  const int inner_width = std::clamp(static_cast<int>(std::lround(seen_width * scale)), 1, width);
  const int inner_height = std::clamp(static_cast<int>(std::lround(picture.height * scale)), 1, height);
  const size_t row_values = 3 * static_cast<size_t>(inner_width);
  std::vector<float> resized(row_values * static_cast<size_t>(inner_height));
  pose::Preprocessor resizer;
  SINEW_RETURN_IF_ERROR(resizer.Resize(picture.view(), inner_width, inner_height, pose::ChannelOrder::kBgr, resized));
  media::Image fitted = media::Image::OfSize(width, height);
  fitted.pixel_aspect = target.pixel_aspect;
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

// When the frame is shown, and with it when the next one is if nothing else is known.
double VideoOutput::TimeOf(const media::Frame& frame) {
  if (input_ != frame.input) {
    input_ = frame.input;
    begin_ = end_;
    first_seconds_ = frame.seconds.value_or(0);
  }
  const double time = frame.seconds ? std::max(begin_ + *frame.seconds - first_seconds_, begin_) : end_;
  const double by_rate = 1 / (frame.frames_per_second > 0 ? frame.frames_per_second : options_.picture_rate);
  const double duration = frame.duration_seconds > 0 ? frame.duration_seconds : by_rate;
  end_ = time + std::min(duration, kMaxFrameSeconds);
  return time;
}

std::optional<media::Sound> VideoOutput::SoundOf(const media::Frame& frame) {
  if (!options_.sound || frame.kind == media::InputKind::kPicture || frame.kind == media::InputKind::kCamera)
    return std::nullopt;
  std::error_code error;
  if (frame.kind == media::InputKind::kVideo && std::filesystem::is_regular_file(frame.source, error))
    return media::Sound{frame.source, frame.origin_seconds + first_seconds_};
  remark_ = fmt::format("the video is without sound: {} is not a file that could be read twice", frame.source);
  return std::nullopt;
}

Status VideoOutput::Open(const media::Frame& frame) {
  const media::Image& picture = frame.image;
  const double rate = frame.frames_per_second > 0 ? frame.frames_per_second : options_.picture_rate;
  SINEW_ASSIGN_OR_RETURN(writer_,
                         media::CreateVideo(options_.path, {picture.width, picture.height, rate, picture.pixel_aspect},
                                            SoundOf(frame), options_.write));
  if (remark_.empty()) remark_ = writer_->remark();
  last_ = media::Image::OfSize(picture.width, picture.height);
  last_.pixel_aspect = picture.pixel_aspect;
  for (const double time : std::exchange(missing_at_first_, {})) SINEW_RETURN_IF_ERROR(writer_->Write(last_, time));
  return Status();
}

Status VideoOutput::Write(media::Frame* frame) {
  const double time = TimeOf(*frame);
  media::Image& picture = frame->image;
  if (writer_ == nullptr) {
    if (picture.pixels.empty()) {
      missing_at_first_.push_back(time);
      return Status();
    }
    SINEW_RETURN_IF_ERROR(Open(*frame));
  }
  if (!picture.pixels.empty()) {
    const bool fits =
        picture.width == last_.width && picture.height == last_.height && picture.pixel_aspect == last_.pixel_aspect;
    SINEW_ASSIGN_OR_RETURN(last_, fits ? Result<media::Image>(std::move(picture)) : Fitted(picture, last_));
  }
  return writer_->Write(last_, time);
}

Status VideoOutput::Finish(bool complete) {
  if (!writer_) return Status();
  const Status status = writer_->Finish(end_, complete);
  if (remark_.empty()) remark_ = writer_->remark();
  return status;
}

}  // namespace sinew::pipeline
