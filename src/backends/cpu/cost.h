// Units of Algorithm::cost: multiply-adds of a matrix product that take as long.
#pragma once

#include <cstddef>

namespace sinew::cpu {

// What a unit takes on one core of a processor with 256-bit FMA: for predictions. Comparing algorithms needs no better.
inline constexpr double kSecondsPerCost = 1 / 50e9;

// Weights are read once a picture, from memory: at 10 GB/s a core, a float takes as long as sixteen multiply-adds.
inline double WeightCost(size_t packed_floats) { return 16.0 * static_cast<double>(packed_floats); }

// Weights that are read again and again, from L2 or beyond.
inline double WeightRereadCost(size_t packed_floats, size_t times) {
  return 1.5 * static_cast<double>(packed_floats) * static_cast<double>(times);
}

// A float of a picture that is read or written beside little arithmetic, mostly in outer caches: half of that.
inline double MovingCost(double floats) { return 8.0 * floats; }

// A depthwise multiply-add has loads of its own, and reaches a third of a matrix product's rate.
inline double DepthwiseCost(double multiply_adds) { return 3.0 * multiply_adds; }

}  // namespace sinew::cpu
