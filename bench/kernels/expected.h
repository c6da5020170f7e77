// What a layer's output should be, computed directly in double precision, and whether an algorithm's is near enough.
#pragma once

#include <vector>

#include "family.h"
#include "sinew/status.h"

namespace sinew::bench {

// All channels of pixel (y, x) of the trial's output.
std::vector<double> ExpectedPixel(const Trial& trial, int y, int x);

// Runs the algorithm and compares sampled pixels of its output, among them the corners; all of it must be written. The
// relative RMS difference may be four times the algorithm's own error, which differs from layer to layer, and four
// times what rounding makes of sums of as many products as these: a sum of n products is off by u sqrt(n / 6), u =
// 2^-24, as each of its partial sums is rounded. Fails with the difference where it is more.
Status RunAndVerify(const BoundAlgorithm& algorithm, Trial* trial);

}  // namespace sinew::bench
