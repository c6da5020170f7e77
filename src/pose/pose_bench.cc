// Times what surrounds the network: resizing a picture into its input, and decoding its maps. One thread.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <random>
#include <vector>

#include "pose/decode.h"
#include "pose/preprocess.h"
#include "pose/synthetic_maps_test_util.h"

namespace sinew::pose {
namespace {

void Check(bool right, benchmark::State& state, const char* what) {
  if (!right) state.SkipWithError(what);
}

// 656x368 at ratio 4 with ten people; arguments: ratio in tenths, taps.
void BM_Decode(benchmark::State& state) {
  const SyntheticMaps maps = DrawMaps(82, 46, Crowd(10));
  const DecodeOptions options{.resize_out_ratio = state.range(0) / 10.0,
                              .smoothing_taps = static_cast<int>(state.range(1))};
  const MapGeometry geometry{.picture_width = 1280, .picture_height = 720};
  Decoder decoder;
  const auto people = decoder.Decode(maps.view(), geometry, options);
  Check(people.ok() && people->size() == 10, state, "expected ten people");
  for (auto _ : state) benchmark::DoNotOptimize(decoder.Decode(maps.view(), geometry, options));
}
BENCHMARK(BM_Decode)->Args({40, 25})->Args({40, 5})->Args({20, 25})->Args({80, 25})->Args({37, 25})->Unit(
    benchmark::kMicrosecond);

void BM_Peaks(benchmark::State& state) {
  const SyntheticMaps maps = DrawMaps(82, 46, Crowd(10));
  AreaAxis x, y;
  x.Configure(82, 328), y.Configure(46, 184);
  ConstView heat = maps.view();
  heat.channels = kKeypointCount;
  PeakFinder finder;
  PeakList peaks;
  for (auto _ : state) finder.Find(heat, x, y, 25, 0.05f, 1024, &peaks);
  Check(peaks.peaks.size() == 180, state, "expected 180 peaks");
}
BENCHMARK(BM_Peaks)->Unit(benchmark::kMicrosecond);

// Arguments: picture and network input.
void BM_Resize(benchmark::State& state) {
  const int width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  const int to_width = static_cast<int>(state.range(2)), to_height = static_cast<int>(state.range(3));
  std::mt19937 random(1);
  std::vector<uint8_t> bytes(static_cast<size_t>(width) * height * 3);
  for (uint8_t& byte : bytes) byte = random();
  std::vector<float> out(static_cast<size_t>(to_width) * to_height * 3);
  Preprocessor preprocessor;
  const ImageView picture{bytes.data(), width, height, static_cast<size_t>(width) * 3};
  for (auto _ : state)
    Check(preprocessor.Resize(picture, to_width, to_height, ChannelOrder::kBgr, out).ok(), state, "resize failed");
}
BENCHMARK(BM_Resize)
    ->Args({1280, 720, 432, 368})
    ->Args({1920, 1080, 656, 368})
    ->Args({548, 342, 432, 368})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace sinew::pose
