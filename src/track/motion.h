// Where a person goes: a Kalman filter of the body's place and velocity, in pixels and seconds. The velocity fades,
// since people who are out of sight do not go on as they were for long.
//   Source: Kalman, Trans. ASME 82, 1960; white-noise acceleration: Bar-Shalom, Li & Kirubarajan, "Estimation with
//           Applications to Tracking and Navigation", 2001, 6.2.2; damped trend: Gardner & McKenzie, Management Science
//           31, 1985
#pragma once

#include "track/vector2.h"

namespace sinew::track {

// Both axes are alike and share one covariance. The place itself is kept by whoever owns the body (body.h): the filter
// knows how far to move it and how sure that is. `area` is the person's size in square pixels; the square root of it is
// roughly one metre for a grown-up, which is where the constants come from.
class Motion {
 public:
  // Somebody seen for the first time, with unknown velocity.
  explicit Motion(double area);

  // Lets time pass; returns how far the body has moved.
  Vector2 Predict(double seconds, double area);

  // Takes in that the body was seen `offset` away from where it was expected; returns by how much to correct the place.
  Vector2 Correct(Vector2 offset, double area);

  // Variance of a measured place around the expected one, a coordinate, in square pixels.
  double Spread(double area) const;

  Vector2 velocity() const { return velocity_; }

 private:
  Vector2 velocity_;
  // Covariance of place and velocity, a coordinate.
  double place_place_, place_velocity_ = 0, velocity_velocity_;
};

}  // namespace sinew::track
