// Pictures for kernel tests, in memory where every access outside the picture's own elements is noticed: gaps between
// pixels and everything before hold poison (NaN for inputs, a sentinel for outputs), and an inaccessible page follows
// the last element. Of floats, or of bf16.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <vector>

#include "backends/cpu/bf16_view.h"
#include "base/check.h"
#include "base/view.h"

namespace sinew::cpu {

template <class Number, class PictureView>
class BasicGuardedPicture {
 public:
  // `gap` numbers lie between the channels of one pixel and those of the next.
  BasicGuardedPicture(int height, int width, int channels, int gap, Number poison) : poison_(poison) {
    const size_t pixels = static_cast<size_t>(height) * static_cast<size_t>(width);
    const size_t pixel_stride = static_cast<size_t>(channels + gap);
    used_ = pixels * pixel_stride - static_cast<size_t>(gap);
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t data_bytes =
        (used_ * sizeof(Number) + page - 1) / page * page + page;  // at least a page of poison in front
    mapped_bytes_ = data_bytes + page;
    mapped_ = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SINEW_CHECK(mapped_ != MAP_FAILED);
    SINEW_CHECK(mprotect(static_cast<char*>(mapped_) + data_bytes, page, PROT_NONE) == 0);
    all_ = {static_cast<Number*>(mapped_), data_bytes / sizeof(Number)};
    for (Number& value : all_) value = poison;
    view_ = {all_.data() + all_.size() - used_, height, width, channels, pixel_stride};
  }
  ~BasicGuardedPicture() { munmap(mapped_, mapped_bytes_); }
  BasicGuardedPicture(const BasicGuardedPicture&) = delete;
  BasicGuardedPicture& operator=(const BasicGuardedPicture&) = delete;

  const PictureView& view() const { return view_; }
  Number at(int y, int x, int c) const {
    return view_.data[(static_cast<size_t>(y) * static_cast<size_t>(view_.width) + static_cast<size_t>(x)) *
                          view_.pixel_stride +
                      static_cast<size_t>(c)];
  }

  void FillRandom(uint64_t seed) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    ForEachElement([&](Number& value) { value = uniform(random); });
  }
  void FillPoison() {
    ForEachElement([&](Number& value) { value = poison_; });
  }
  // The elements in order, without the gaps.
  void Fill(std::span<const Number> values) {
    size_t i = 0;
    ForEachElement([&](Number& value) { value = values[i++]; });
  }

  // The elements in order, without the gaps.
  std::vector<Number> Elements() const {
    std::vector<Number> result;
    ForEachElement([&](Number& value) { result.push_back(value); });
    return result;
  }

  bool SurroundingsIntact() const {
    std::vector<uint8_t> own(all_.size(), 0);
    ForEachElement([&](Number& value) { own[static_cast<size_t>(&value - all_.data())] = 1; });
    for (size_t i = 0; i < all_.size(); ++i) {
      if (!own[i] && std::memcmp(&all_[i], &poison_, sizeof(Number)) != 0) return false;
    }
    return true;
  }

 private:
  template <class Visit>
  void ForEachElement(const Visit& visit) const {
    const size_t pixels = static_cast<size_t>(view_.height) * static_cast<size_t>(view_.width);
    for (size_t p = 0; p < pixels; ++p) {
      for (int c = 0; c < view_.channels; ++c) visit(view_.data[p * view_.pixel_stride + static_cast<size_t>(c)]);
    }
  }

  Number poison_;
  void* mapped_ = nullptr;
  size_t mapped_bytes_ = 0, used_ = 0;
  std::span<Number> all_;
  PictureView view_;
};

using GuardedPicture = BasicGuardedPicture<float, View>;
using GuardedBf16Picture = BasicGuardedPicture<uint16_t, Bf16View>;

}  // namespace sinew::cpu
