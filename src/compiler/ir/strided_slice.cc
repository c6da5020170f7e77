// StridedSlice: five masks, negative indices and strides.
//   Source: tf.strided_slice, TensorFlow API documentation
#include "compiler/ir/strided_slice.h"

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace sinew::ir {
namespace {

bool Bit(int64_t mask, size_t i) { return i < 63 && (mask >> i & 1) != 0; }

// Negative positions count from the end; out of range ones are cut off, as in Python.
Result<SliceAxis> ResolveAxis(int64_t size, int64_t begin, bool begin_masked, int64_t end, bool end_masked,
                              int64_t stride) {
  if (stride == 0) return InvalidArgument("stride is 0");
  if (size == kUnknown) {
    const bool whole = begin_masked && end_masked && stride == 1;
    return SliceAxis{whole ? 0 : begin, stride, kUnknown};
  }
  const int64_t low = stride > 0 ? 0 : -1, high = stride > 0 ? size : size - 1;
  const auto canonical = [&](int64_t position) {
    return std::clamp(position < 0 ? position + size : position, low, high);
  };
  const int64_t first = begin_masked ? (stride > 0 ? low : high) : canonical(begin);
  const int64_t last = end_masked ? (stride > 0 ? high : low) : canonical(end);
  const int64_t span = stride > 0 ? last - first : first - last;
  const int64_t step = stride > 0 ? stride : -stride;
  return SliceAxis{first, stride, span <= 0 ? 0 : (span - 1) / step + 1};
}

}  // namespace

Result<ResolvedSlice> ResolveStridedSlice(const Attributes& a, std::span<const int64_t> begin,
                                          std::span<const int64_t> end, std::span<const int64_t> strides,
                                          const Shape& input) {
  const size_t items = begin.size();
  if (end.size() != items || strides.size() != items) {
    return InvalidArgument("begin, end and strides have {}, {} and {} values, must agree", items, end.size(),
                           strides.size());
  }
  if (items > 32) return InvalidArgument("a slice of {} items: at most 32 make sense", items);
  for (const auto values : {begin, end, strides}) {
    for (const int64_t value : values) {
      if (value < -(int64_t{1} << 40) || value > (int64_t{1} << 40))
        return InvalidArgument("slice position {} is out of range", value);
    }
  }
  const uint64_t items_mask = items == 0 ? 0 : ~uint64_t{0} >> (64 - items);
  const uint64_t ellipsis = static_cast<uint64_t>(a.ellipsis_mask) & items_mask;
  if (std::popcount(ellipsis) > 1) return InvalidArgument("more than one ellipsis");
  const size_t new_axes =
      static_cast<size_t>(std::popcount(static_cast<uint64_t>(a.new_axis_mask) & items_mask & ~ellipsis));
  const size_t consuming = items - new_axes - (ellipsis != 0 ? 1 : 0);
  if (consuming > input.size())
    return InvalidArgument("slices {} dimensions of an input that has {}", consuming, input.size());

  ResolvedSlice slice;
  const auto keep_whole = [&](size_t count) {
    for (; count > 0; --count) {
      const int64_t size = input[slice.axes.size()];
      slice.axes.push_back({0, 1, size});
      slice.result.push_back(size);
    }
  };
  for (size_t i = 0; i < items; ++i) {
    if (Bit(a.ellipsis_mask, i)) {
      keep_whole(input.size() - consuming);
    } else if (Bit(a.new_axis_mask, i)) {
      slice.result.push_back(1);
    } else {
      const int64_t size = input[slice.axes.size()];
      if (Bit(a.shrink_axis_mask, i)) {
        const int64_t position = begin[i] < 0 && size != kUnknown ? begin[i] + size : begin[i];
        if (size != kUnknown && (position < 0 || position >= size)) {
          return InvalidArgument("index {} is out of range for a dimension of {}", begin[i], size);
        }
        slice.axes.push_back({position, 1, 1});
        continue;
      }
      SINEW_ASSIGN_OR_RETURN(const SliceAxis axis,
                             ResolveAxis(size, begin[i], Bit(a.begin_mask, i), end[i], Bit(a.end_mask, i), strides[i]));
      slice.axes.push_back(axis);
      slice.result.push_back(axis.count);
    }
  }
  keep_whole(input.size() - slice.axes.size());
  return slice;
}

}  // namespace sinew::ir
