// How heat maps and part affinity fields are turned into people.
#pragma once

namespace sinew {

struct DecodeOptions {
  enum class Compat {
    kNone,      // deterministic, every peak belongs to one person at most, coordinates of pixel centres
    kTfPose,    // the people, order, scores and coordinates of tf-pose-estimation, its flaws included
    kOpenPose,  // the people, order, scores and coordinates of OpenPose (on GPUs): see OpenPoseDecodeOptions
  };

  // Pixels of the upsampled maps per pixel of the network's output: 1 to 16. Finer maps give finer coordinates.
  double resize_out_ratio = 4.0;
  // Length of the Gaussian that smooths the upsampled heat maps: odd, 1 to 101. 0 and 1 do not smooth.
  int smoothing_taps = 25;
  // A peak of the smoothed heat map is a keypoint above this: 0 to 1.
  float peak_threshold = 0.05f;
  // A sample of the part affinity field speaks for a limb above this: 0 to 1.
  float paf_threshold = 0.05f;
  // Samples, of the ten on each limb, that must speak for it: 1 to 10.
  int min_paf_samples = 7;
  // Of Compat::kOpenPose, which takes 5 to 25 samples by a limb's length: the share of them that must be exceeded, 0 to
  // 1. It neither smooths nor uses resize_out_ratio and min_paf_samples.
  float min_paf_ratio = 0.95f;
  // People with fewer keypoints are dropped: 1 to as many as the skeleton has. Where it has fewer than the default, the
  // default asks for all of them.
  int min_parts = 4;
  // People with a lower score are dropped: 0 or more.
  float min_score = 0.3f;
  // At most this many people, those of the highest scores; 0: all.
  int max_people = 0;
  // At most this many peaks of each keypoint, the highest of the smoothed map: 1 to 4096. It bounds the time that a
  // meaningless map can take: limbs are scored for every pair of peaks.
  int max_peaks = 1024;
  Compat compat = Compat::kNone;
  // Whether keypoints lie at the top of the parabolas through a peak and its neighbours rather than on its pixel, which
  // is 9 pixels of a picture 1920 wide at 432x368. Never with Compat::kTfPose.
  bool refine_peaks = true;
};

// What OpenPose decodes with by default: kOpenPose, at least 3 keypoints (feet do not count) and a score of 0.4, at
// most 127 peaks of a keypoint.
inline DecodeOptions OpenPoseDecodeOptions() {
  DecodeOptions options;
  options.min_parts = 3;
  options.min_score = 0.4f;
  options.max_peaks = 127;
  options.compat = DecodeOptions::Compat::kOpenPose;
  return options;
}

}  // namespace sinew
