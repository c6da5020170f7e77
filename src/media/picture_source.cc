// A source that hands out its picture and ends.
#include "media/picture_source.h"

#include <utility>

namespace sinew::media {
namespace {

class PictureSource : public Source {
 public:
  explicit PictureSource(Image image) : image_(std::move(image)) {}

  Result<bool> Next(Frame* frame) override {
    if (std::exchange(taken_, true)) return false;
    *frame = Frame();
    frame->image = std::move(image_);
    return true;
  }
  std::optional<int64_t> expected_frames() override { return 1; }

 private:
  Image image_;
  bool taken_ = false;
};

}  // namespace

std::unique_ptr<Source> MakePictureSource(Image image) { return std::make_unique<PictureSource>(std::move(image)); }

}  // namespace sinew::media
