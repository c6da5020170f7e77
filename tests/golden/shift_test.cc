// Agreement under shifts: a picture that is moved by k pixels has keypoints that are moved by k pixels, as far as the
// network lets it. Measured on OpenCV's sample pictures with mobilenet_thin, with keypoints on the pixels of the maps
// and refined below them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "media/images/image.h"
#include "media/video/video.h"
#include "service/zoo/store.h"
#include "sinew/compiler.h"
#include "sinew/pose.h"
#include "tests/golden/samples_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;

// Windows are smaller than the picture by so much on either axis, and begin at multiples of the step: pixels of a
// picture that are no multiple of a cell of the network.
constexpr int kMargin = 24, kStep = 3;

// The person of `people` that is nearest to `expected`, moved by (dx, dy), and how far each common keypoint is from it.
std::vector<double> Distances(const Person& expected, const std::vector<Person>& people, int dx, int dy) {
  std::vector<double> nearest;
  double least = 20;  // pixels, on average: further away is somebody else
  for (const Person& person : people) {
    std::vector<double> distances;
    double sum = 0;
    for (size_t k = 0; k < expected.keypoints.size(); ++k) {
      const Keypoint &a = expected.keypoints[k], &b = person.keypoints[k];
      if (a.score <= 0 || b.score <= 0) continue;
      distances.push_back(std::hypot(a.x + static_cast<float>(dx) - b.x, a.y + static_cast<float>(dy) - b.y));
      sum += distances.back();
    }
    if (distances.size() < 6 || sum / static_cast<double>(distances.size()) >= least) continue;
    least = sum / static_cast<double>(distances.size());
    nearest = distances;
  }
  return nearest;
}

struct Spread {
  double mean = 0, median = 0, p95 = 0;
  size_t count = 0;
};

Spread SpreadOf(std::vector<double> distances) {
  Spread spread{0, 0, 0, distances.size()};
  if (distances.empty()) return spread;
  std::sort(distances.begin(), distances.end());
  for (const double distance : distances) spread.mean += distance / static_cast<double>(distances.size());
  spread.median = distances[distances.size() / 2];
  spread.p95 = distances[distances.size() * 95 / 100];
  return spread;
}

TEST(ShiftTest, RefinedKeypointsFollowThePicture) {
  const fs::path samples = SamplesFolder(SINEW_SOURCE_DIR);
  if (!HasSamples(samples))
    GTEST_SKIP() << "the sample pictures are not in " << samples.string() << ": " << kHowToGetSamples;
  const auto graph = zoo::Locate("mobilenet_thin");
  if (!graph.ok()) GTEST_SKIP() << "mobilenet_thin is not on this disk: sinew model fetch mobilenet_thin";
  const fs::path artifact = fs::path(::testing::TempDir()) / "sinew_shift_test.sinew";
  CompileOptions compile;
  compile.resolutions = {{432, 368}};
  ASSERT_TRUE(Compile(*graph, artifact, compile).ok());
  const Model model = Model::Load(artifact).value();

  std::vector<media::Image> pictures = {ReadSample(samples / "messi5.jpg", -1),
                                        ReadSample(samples / "basketball1.png", -1),
                                        ReadSample(samples / "vtest.avi", 40)};
  constexpr const char* kNames[] = {"grid", "refined", "refined_and_flipped"};
  Spread spreads[3];
  for (int mode = 0; mode < 3; ++mode) {
    PoseOptions options;
    options.session.resolution = {432, 368};
    options.decode.refine_peaks = mode > 0;
    options.flip_average = mode > 1;
    PoseEstimator estimator = PoseEstimator::Create(model, options).value();
    std::vector<double> distances;
    for (const media::Image& picture : pictures) {
      const auto window = [&](int left, int top) {
        const ImageView all = picture.view();
        return estimator
            .Estimate({all.data + static_cast<size_t>(top) * all.row_stride_bytes + 3 * static_cast<size_t>(left),
                       all.width - kMargin, all.height - kMargin, all.row_stride_bytes})
            .value();
      };
      const std::vector<Person> expected = window(0, 0);
      for (int shift = kStep; shift <= kMargin; shift += kStep) {
        const int left = shift, top = kMargin - shift / 2;
        const std::vector<Person> people = window(left, top);
        for (const Person& person : expected) {
          const std::vector<double> some = Distances(person, people, -left, -top);
          distances.insert(distances.end(), some.begin(), some.end());
        }
      }
    }
    spreads[mode] = SpreadOf(std::move(distances));
    std::printf("%-20s mean %.2f pixels, median %.2f, p95 %.2f, of %zu keypoints\n", kNames[mode], spreads[mode].mean,
                spreads[mode].median, spreads[mode].p95, spreads[mode].count);
  }
  fs::remove(artifact);
  ASSERT_GT(spreads[0].count, 500u);
  // The rest is the network's: its cells are 8 pixels, and move less than the picture does.
  EXPECT_LT(spreads[1].mean, 0.95 * spreads[0].mean);
  EXPECT_LT(spreads[1].median, 0.95 * spreads[0].median);
  EXPECT_LT(spreads[1].p95, spreads[0].p95);
}

}  // namespace
}  // namespace sinew
