// The filter's two steps, written out for two states.
#include "track/motion.h"

#include <cmath>

namespace sinew::track {
namespace {

// In sizes of the person (see motion.h) and seconds. A measured place, the median of all keypoints' offsets, is off by
// a twentieth of a size; people walk with 1.4 sizes a second and change that by about 1 within a second.
constexpr double kMeasurementDeviation = 0.1;
constexpr double kFirstVelocityDeviation = 1.5;
constexpr double kVelocityChange = 1.0;
// Within this time the velocity fades to 1/e.
constexpr double kFadeSeconds = 5.0;

constexpr double Square(double value) { return value * value; }
double MeasurementVariance(double area) { return Square(kMeasurementDeviation) * area; }

}  // namespace

Motion::Motion(double area)
    : place_place_(MeasurementVariance(area)), velocity_velocity_(Square(kFirstVelocityDeviation) * area) {}

Vector2 Motion::Predict(double seconds, double area) {
  const double fade = std::exp(-seconds / kFadeSeconds);
  const double reach = kFadeSeconds * (1 - fade);  // seconds of undiminished motion
  const Vector2 moved = {velocity_.x * reach, velocity_.y * reach};
  velocity_ = {velocity_.x * fade, velocity_.y * fade};
  // F P F' with F = [1 reach; 0 fade], and the noise of an undamped velocity, which is a little more than there is.
  const double noise = Square(kVelocityChange) * area;
  place_place_ +=
      2 * reach * place_velocity_ + Square(reach) * velocity_velocity_ + noise * seconds * Square(seconds) / 3;
  place_velocity_ = fade * (place_velocity_ + reach * velocity_velocity_) + noise * Square(seconds) / 2;
  velocity_velocity_ = Square(fade) * velocity_velocity_ + noise * seconds;
  return moved;
}

Vector2 Motion::Correct(Vector2 offset, double area) {
  const double spread = Spread(area);
  const double place_gain = place_place_ / spread, velocity_gain = place_velocity_ / spread;
  velocity_.x += velocity_gain * offset.x;
  velocity_.y += velocity_gain * offset.y;
  velocity_velocity_ -= velocity_gain * place_velocity_;
  place_velocity_ *= 1 - place_gain;
  place_place_ *= 1 - place_gain;
  return {place_gain * offset.x, place_gain * offset.y};
}

double Motion::Spread(double area) const { return place_place_ + MeasurementVariance(area); }

}  // namespace sinew::track
