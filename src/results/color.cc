// The formulas of the two colour maps.
#include "results/color.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sinew::results {
namespace {

uint8_t Byte(double fraction) { return static_cast<uint8_t>(std::lround(std::clamp(fraction, 0.0, 1.0) * 255)); }

}  // namespace

// A helix around the grey diagonal of the colour cube, with the paper's own choice of start, turns and saturation. The
// deviation from the diagonal leaves the perceived brightness as it is.
HeatColors::HeatColors() {
  constexpr double kStart = 0.5, kTurns = -1.5, kSaturation = 1;
  for (size_t i = 0; i < table_.size(); ++i) {
    const double grey = static_cast<double>(i) / 255;
    const double angle = 2 * std::numbers::pi * (kStart / 3 + 1 + kTurns * grey);
    const double amplitude = kSaturation * grey * (1 - grey) / 2;
    const double c = amplitude * std::cos(angle), s = amplitude * std::sin(angle);
    table_[i] = {Byte(grey + 1.97294 * c), Byte(grey - 0.29227 * c - 0.90649 * s),
                 Byte(grey - 0.14861 * c + 1.78277 * s)};
  }
}

DirectionColors::DirectionColors() {
  for (size_t i = 0; i < table_.size(); ++i) {
    const double sixths = 6 * static_cast<double>(i) / kEntries;
    // One channel: full for a third of the turn, falling and rising by a sixth on either side of it.
    const auto channel = [&](double offset) {
      const double k = std::fmod(offset + sixths, 6);
      return Byte(1 - std::min({k, 4 - k, 1.0}));
    };
    table_[i] = {channel(1), channel(3), channel(5)};
  }
}

const Color& DirectionColors::operator()(float x, float y) const {
  const float turn = std::atan2(y, x) * static_cast<float>(0.5 / std::numbers::pi);  // -1/2 to 1/2
  return table_[static_cast<size_t>((turn + 1) * kEntries + 0.5f) % kEntries];
}

}  // namespace sinew::results
