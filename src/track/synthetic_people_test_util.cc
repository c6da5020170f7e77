// Walkers, their detection and the count of mix-ups.
#include "track/synthetic_people_test_util.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "sinew/track.h"

namespace sinew::track {
namespace {

// Somebody who stands, in heights, from the neck; and how far each keypoint swings to the sides with the gait.
struct Stance {
  double x, y, swing;
};
constexpr std::array<Stance, 18> kStance = {{
    {0.03, -0.09, 0},  // nose
    {0, 0, 0},         // neck
    {-0.08, 0, 0},
    {-0.10, 0.17, -0.03},
    {-0.10, 0.31, -0.08},  // right arm
    {0.08, 0, 0},
    {0.10, 0.17, 0.03},
    {0.10, 0.31, 0.08},  // left arm
    {-0.05, 0.32, 0},
    {-0.05, 0.56, 0.07},
    {-0.05, 0.79, 0.13},  // right leg
    {0.05, 0.32, 0},
    {0.05, 0.56, -0.07},
    {0.05, 0.79, -0.13},  // left leg
    {0.01, -0.11, 0},
    {0.04, -0.11, 0},
    {-0.03, -0.10, 0},
    {0.06, -0.10, 0},  // eyes, ears
}};
constexpr double kStepsPerSecond = 1;
constexpr int kLeastKeypoints = 4;  // of a person found, as in DecodeOptions

int CountFound(const Person& person) {
  return static_cast<int>(std::ranges::count_if(person.keypoints, [](const Keypoint& k) { return k.score > 0; }));
}

// How far down the picture somebody stands, which is how near he is.
double Feet(const Walker& walker, double seconds) { return walker.neck(seconds).y + 0.8 * walker.height; }

// Whether the walker in front, as broad as his shoulders, hides what is at the keypoint.
bool Hides(const Walker& front, double seconds, const Keypoint& keypoint) {
  const Vector2 neck = front.neck(seconds);
  return std::abs(keypoint.x - neck.x) < 0.1 * front.height && keypoint.y > neck.y - 0.15 * front.height &&
         keypoint.y < neck.y + 0.8 * front.height;
}

}  // namespace

Walker Straight(Vector2 start, Vector2 velocity, double height) {
  const auto neck = [=](double seconds) {
    return Vector2{start.x + velocity.x * seconds, start.y + velocity.y * seconds};
  };
  return {.height = height, .neck = neck, .phase = start.x};
}

std::vector<Walker> Crowd(int count, unsigned seed) {
  std::mt19937 random(seed);
  const auto between = [&](double least, double most) {
    return std::uniform_real_distribution<double>(least, most)(random);
  };
  std::vector<Walker> crowd;
  for (int i = 0; i < count; ++i) {
    const Vector2 centre = {between(200, 1080), between(150, 400)}, reach = {between(100, 400), between(10, 80)};
    const Vector2 pace = {between(0.2, 0.5), between(0.2, 0.5)}, start = {between(0, 6), between(0, 6)};
    Walker walker = Straight({}, {}, between(100, 220));
    walker.phase = between(0, 6);
    walker.neck = [=](double seconds) {
      return Vector2{centre.x + reach.x * std::sin(pace.x * seconds + start.x),
                     centre.y + reach.y * std::sin(pace.y * seconds + start.y)};
    };
    crowd.push_back(walker);
  }
  return crowd;
}

Person Draw(const Walker& walker, double seconds) {
  const Vector2 neck = walker.neck(seconds);
  const double swing = walker.swing * std::sin(2 * std::numbers::pi * kStepsPerSecond * seconds + walker.phase);
  Person person{.keypoints = {}, .score = 1};
  for (const Stance& stance : kStance) {
    person.keypoints.push_back({static_cast<float>(neck.x + walker.height * (stance.x + stance.swing * swing)),
                                static_cast<float>(neck.y + walker.height * stance.y), 0.8f});
  }
  return person;
}

void FaultyDetector::Damage(double height, Person* person) {
  std::normal_distribution<float> noise(0, static_cast<float>(faults_.noise * height));
  for (Keypoint& keypoint : person->keypoints) {
    if (faults_.noise > 0) keypoint.x += noise(random_), keypoint.y += noise(random_);
    if (Happens(faults_.missing_keypoints)) keypoint = {};
  }
}

Frame FaultyDetector::Detect(std::span<const Walker> walkers, double seconds) {
  Frame found;
  for (size_t w = 0; w < walkers.size(); ++w) {
    if (!walkers[w].is_there(seconds)) continue;
    Person person = Draw(walkers[w], seconds);
    for (const Walker& other : walkers) {
      if (!faults_.occlusion || !other.is_there(seconds) || Feet(other, seconds) <= Feet(walkers[w], seconds)) continue;
      for (Keypoint& keypoint : person.keypoints) {
        if (Hides(other, seconds, keypoint)) keypoint = {};
      }
    }
    Damage(walkers[w].height, &person);
    if (Happens(faults_.missing_people) || CountFound(person) < kLeastKeypoints) continue;
    found.people.push_back(person);
    found.walkers.push_back(static_cast<int>(w));
  }
  for (double left = faults_.false_people; left > 0 && Happens(left); --left) {
    std::uniform_real_distribution<double> x(0, 1280), y(0, 720), height(50, 300);
    Person person = Draw(Straight({x(random_), y(random_)}, {}, height(random_)), 0);
    for (Keypoint& keypoint : person.keypoints) {
      if (Happens(0.6)) keypoint = {};
    }
    found.people.push_back(person);
    found.walkers.push_back(kNobody);
  }

  std::vector<size_t> order(found.people.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::shuffle(order, random_);
  Frame frame;
  for (size_t i : order) {
    frame.people.push_back(found.people[i]);
    frame.walkers.push_back(found.walkers[i]);
  }
  return frame;
}

void IdentityScore::Add(const Frame& frame, std::span<const int64_t> ids) {
  for (size_t i = 0; i < ids.size(); ++i) {
    const int walker = frame.walkers[i];
    if (ids[i] != kNoId) walkers_of_[ids[i]].insert(walker);
    if (walker == kNobody) continue;
    ++sightings;
    if (ids[i] == kNoId) {
      ++unnamed;
      continue;
    }
    const auto [last, is_first] = last_.try_emplace(walker, ids[i]);
    switches += last->second != ids[i];
    last->second = ids[i];
  }
}

int IdentityScore::shared_ids() const {
  return static_cast<int>(
      std::ranges::count_if(walkers_of_, [](const auto& entry) { return entry.second.size() > 1; }));
}

std::set<int64_t> IdentityScore::ids_of(int walker) const {
  std::set<int64_t> ids;
  for (const auto& [id, walkers] : walkers_of_) {
    if (walkers.contains(walker)) ids.insert(id);
  }
  return ids;
}

}  // namespace sinew::track
