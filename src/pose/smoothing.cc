// Weights of the polyphase Gaussian, and its rows.
#include "pose/smoothing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace sinew::pose {
namespace {

// Cells on both sides of each phase that smoothing never writes; they hold -infinity for the peak search.
constexpr size_t kGuard = kRowPadding;

// Weights are not negative and sum up to 1 at most: no result is above its greatest input, but for rounding.
constexpr float kBelow = 1 - 1e-5f;

double NormalDistribution(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

// floor(a / b) for b > 0.
int FloorDiv(int a, int b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

}  // namespace

std::vector<double> GaussianTaps(int taps) {
  if (taps <= 1) return {1.0};
  const double limit = 3.0 + 3.5 / taps;
  std::vector<double> result(taps);
  double sum = 0;
  for (int i = 0; i < taps; ++i) {
    const double from = -limit + 2 * limit * i / taps, to = -limit + 2 * limit * (i + 1) / taps;
    // By symmetry from the side where the distribution function is small and its difference accurate.
    const double mass = from > 0 ? NormalDistribution(-from) - NormalDistribution(-to)
                                 : NormalDistribution(to) - NormalDistribution(from);
    sum += result[i] = std::sqrt(mass);
  }
  for (double& value : result) value /= sum;
  return result;
}

void Smoother::Configure(const AreaAxis& x, const AreaAxis& y, int taps) {
  x_ = &x, y_ = &y;
  const Key key{x.source(), x.target(), y.source(), y.target(), taps};
  if (key == key_) return;
  key_ = key;
  const std::vector<double> gaussian = GaussianTaps(taps);
  ConfigureRows(gaussian);
  ConfigureColumns(gaussian);
}

// The composition of upsampling and filter, for each upsampled row.
void Smoother::ConfigureRows(const std::vector<double>& gaussian) {
  const int half = static_cast<int>(gaussian.size()) / 2, target = y_->target(), source = y_->source();
  // The source rows that the upsampled rows from y - half to y + half touch.
  const auto range = [&](int y) {
    const int top = std::max(y - half, 0), bottom = std::min(y + half, target - 1);
    return std::pair(y_->first(top), y_->first(bottom) + y_->count(bottom));
  };
  row_taps_ = 1;
  for (int y = 0; y < target; ++y) row_taps_ = std::max(row_taps_, range(y).second - range(y).first);
  row_first_.resize(target);
  row_weights_.assign(static_cast<size_t>(target) * row_taps_, 0.0f);
  std::vector<double> weights(row_taps_);
  for (int y = 0; y < target; ++y) {
    const int first = row_first_[y] = std::min(range(y).first, source - row_taps_);
    std::fill(weights.begin(), weights.end(), 0.0);
    for (int u = std::max(y - half, 0); u <= std::min(y + half, target - 1); ++u) {
      for (int i = 0; i < y_->count(u); ++i) {
        weights[y_->first(u) + i - first] += gaussian[u - y + half] * y_->weight(u, i);
      }
    }
    std::copy(weights.begin(), weights.end(), row_weights_.begin() + static_cast<size_t>(y) * row_taps_);
  }
}

void Smoother::ConfigureColumns(const std::vector<double>& gaussian) {
  const int half = static_cast<int>(gaussian.size()) / 2;
  const bool whole = x_->ratio() != 0;
  phases_ = whole ? x_->ratio() : 1;
  cells_ = whole ? x_->source() : x_->target();
  reach_left_ = -FloorDiv(-half, phases_);
  column_taps_ = reach_left_ + FloorDiv(phases_ - 1 + half, phases_) + 1;
  column_weights_.resize(static_cast<size_t>(phases_) * column_taps_);
  for (int phase = 0; phase < phases_; ++phase) {
    std::vector<double> weights(column_taps_, 0.0);
    for (int j = -half; j <= half; ++j) weights[FloorDiv(phase + j, phases_) + reach_left_] += gaussian[j + half];
    std::copy(weights.begin(), weights.end(), column_weights_.begin() + static_cast<size_t>(phase) * column_taps_);
  }
  phase_stride_ = PaddedColumns(cells_) + kGuard;
  const auto zeros = [](size_t size) {
    AlignedBuffer<float> buffer(size);
    std::fill(buffer.begin(), buffer.end(), 0.0f);
    return buffer;
  };
  const size_t margins = static_cast<size_t>(reach_left_) + column_taps_ + kRowPadding;
  combined_ = zeros(margins + PaddedColumns(x_->source()));
  expanded_ = whole ? AlignedBuffer<float>() : zeros(margins + PaddedColumns(cells_));
}

// The filter along a row makes nothing greater than its greatest input, so that the row's values are at most the
// greatest of each of the rows that it sums, weighted as those are.
bool Smoother::IsBelow(float floor, const float* row_maxima, int y) const {
  const float* const maxima = row_maxima + row_first_[y];
  const float* const weights = row_weights_.data() + static_cast<size_t>(y) * row_taps_;
  float bound = 0;
  for (int i = 0; i < row_taps_; ++i) bound += weights[i] * maxima[i];
  return bound <= floor * kBelow;
}

void Smoother::Row(const float* plane, int y, float floor, float* row) {
  const size_t columns = PaddedColumns(x_->source());
  rows_.combine_rows(plane + row_first_[y] * columns, columns, row_weights_.data() + static_cast<size_t>(y) * row_taps_,
                     row_taps_, columns, combined_.data() + reach_left_);
  const float* in = combined_.data();
  if (x_->ratio() == 0) {
    const float* cells = combined_.data() + reach_left_;
    for (int x = 0; x < cells_; ++x) {
      float sum = 0;
      for (int i = 0; i < x_->count(x); ++i) sum += x_->weight(x, i) * cells[x_->first(x) + i];
      expanded_[reach_left_ + x] = sum;
    }
    in = expanded_.data();
  }
  rows_.filter_phases(in, column_weights_.data(), phases_, column_taps_, cells_, floor * kBelow, phase_stride_, row);
  for (int phase = 0; phase < phases_; ++phase) {
    float* begin = row + phase * phase_stride_;
    std::fill(begin + cells_, begin + PaddedColumns(cells_), -std::numeric_limits<float>::infinity());
  }
}

}  // namespace sinew::pose
