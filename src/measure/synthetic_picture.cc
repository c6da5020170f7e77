// Waves of three colours, and noise.
#include "measure/synthetic_picture.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "base/error.h"
#include "media/images/codec.h"

namespace sinew::measure {

Result<EncodedPicture> SyntheticPicture() {
  constexpr int kWidth = 640, kHeight = 480, kGrain = 16;
  media::Image image = media::Image::OfSize(kWidth, kHeight);
  std::mt19937 random(1);
  size_t i = 0;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (const double period : {61.0, 97.0, 151.0}) {
        const double wave = 128 + 90 * std::sin(x / period) * std::cos(y / (period / 2));
        const double value = wave + static_cast<double>(random() % kGrain);
        image.pixels[i++] = static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
      }
    }
  }
  SINEW_ASSIGN_OR_RETURN(const std::string jpeg, media::EncodeJpeg(image));
  return EncodedPicture{"synthetic", {jpeg.begin(), jpeg.end()}};
}

}  // namespace sinew::measure
