// The sample pictures of Debian's opencv-doc, fetched as the demo does.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "media/images/image.h"
#include "media/video/video.h"

namespace sinew {

inline constexpr char kHowToGetSamples[] = "scripts/fetch_samples.sh gets them";

// `tree`: SINEW_SOURCE_DIR.
inline std::filesystem::path SamplesFolder(const std::filesystem::path& tree) {
  const char* const folder = std::getenv("SINEW_SAMPLES");
  return folder != nullptr ? std::filesystem::path(folder) : tree / "build/demo-data";
}

inline bool HasSamples(const std::filesystem::path& folder) {
  return std::filesystem::exists(folder / "messi5.jpg") && std::filesystem::exists(folder / "basketball1.png") &&
         std::filesystem::exists(folder / "vtest.avi");
}

// A picture, or frame `frame` of a video where that is not negative.
inline media::Image ReadSample(const std::filesystem::path& path, int frame) {
  if (frame < 0) return media::ReadImage(path).value();
  const auto video = media::OpenVideo(path).value();
  for (int i = 0; i < frame; ++i) EXPECT_TRUE(video->Skip().value());
  media::Image image;
  EXPECT_TRUE(video->Next(&image).value());
  return image;
}

}  // namespace sinew
