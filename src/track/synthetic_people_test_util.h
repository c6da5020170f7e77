// For tests: people who walk as told, what a faulty detector makes of them, and how well ids follow them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <span>
#include <vector>

#include "sinew/people.h"
#include "track/vector2.h"

namespace sinew::track {

struct Walker {
  double height = 170;                  // pixels from head to feet
  std::function<Vector2(double)> neck;  // where the neck is, by time
  std::function<bool(double)> is_there = [](double) { return true; };
  double phase = 0;  // of the gait, in radians
  double swing = 1;  // of arms and legs; 0: stiff
};

// A walker who goes straight on.
Walker Straight(Vector2 start, Vector2 velocity, double height = 170);

// People who wander about a picture of 1280 x 720, at up to 1.5 heights a second, in each other's way.
std::vector<Walker> Crowd(int count, unsigned seed);

// The whole walker, swinging arms and legs; all keypoints found.
Person Draw(const Walker& walker, double seconds);

struct Faults {
  double noise = 0;              // standard deviation of a coordinate, in heights
  double missing_keypoints = 0;  // share
  double missing_people = 0;     // share
  double false_people = 0;       // a frame, on average
  bool occlusion = false;        // who stands further down hides the keypoints of those behind
};

struct Frame {
  std::vector<Person> people;
  std::vector<int> walkers;  // whom each of `people` shows; kNobody: a false one
};
inline constexpr int kNobody = -1;

// Finds the walkers with faults, in an order that changes from frame to frame.
class FaultyDetector {
 public:
  FaultyDetector(const Faults& faults, unsigned seed) : faults_(faults), random_(seed) {}
  Frame Detect(std::span<const Walker> walkers, double seconds);

 private:
  bool Happens(double share) { return std::uniform_real_distribution<double>(0, 1)(random_) < share; }
  void Damage(double height, Person* person);

  Faults faults_;
  std::mt19937 random_;
};

// Compares ids with the truth, frame by frame.
class IdentityScore {
 public:
  void Add(const Frame& frame, std::span<const int64_t> ids);

  int sightings = 0;       // of walkers
  int unnamed = 0;         // of these, without an id
  int switches = 0;        // a walker has another id than when he last had one
  int shared_ids() const;  // ids that more than one walker, or nobody and a walker, had
  std::set<int64_t> ids_of(int walker) const;

 private:
  std::map<int, int64_t> last_;
  std::map<int64_t, std::set<int>> walkers_of_;
};

}  // namespace sinew::track
