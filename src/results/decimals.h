// How numbers are rounded before they are written: coordinates to a thousandth of a pixel, scores to a millionth.
#pragma once

#include <cmath>

#include "sinew/people.h"

namespace sinew::results {

// To the decimal that is meant (123.457, not the float nearest to it); 0 for what is not finite. Beyond 2^53, doubles
// have no decimals left to round. Adding zero turns -0 into 0.
inline double RoundedTo(double unit, double value) {
  if (!std::isfinite(value)) return 0;
  return std::fabs(value) < 0x1p53 ? std::round(value * unit) / unit + 0.0 : value;
}
inline double Thousandth(double value) { return RoundedTo(1e3, value); }
inline double Millionth(double value) { return RoundedTo(1e6, value); }

// The keypoint, or a missing one where a number of it is not finite.
inline Keypoint FiniteOrMissing(const Keypoint& k) {
  return std::isfinite(k.x) && std::isfinite(k.y) && std::isfinite(k.score) ? k : Keypoint();
}

// The person as reading back what is written gives it.
inline Person AsWritten(Person person) {
  for (Keypoint& keypoint : person.keypoints) {
    const Keypoint k = FiniteOrMissing(keypoint);
    keypoint = {static_cast<float>(Thousandth(k.x)), static_cast<float>(Thousandth(k.y)),
                static_cast<float>(Millionth(k.score))};
  }
  person.score = static_cast<float>(Millionth(person.score));
  return person;
}

}  // namespace sinew::results
