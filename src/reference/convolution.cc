// Operations with a window over pictures, as their definitions say.
#include <algorithm>
#include <cmath>
#include <thread>

#include "base/error.h"
#include "reference/value_ops.h"

namespace sinew::reference {
namespace {

// Below this many multiply-adds a thread costs more than it saves.
constexpr int64_t kWorkForThreads = 1 << 22;

// Calls run(row) for rows [0, rows); rows are independent of one another.
template <class Run>
void ForEachRow(int64_t rows, int64_t work, const Run& run) {
  const int64_t threads = work < kWorkForThreads ? 1 : std::min<int64_t>(rows, std::max(1u, std::thread::hardware_concurrency()));
  const auto part = [&](int64_t index) {
    for (int64_t row = index; row < rows; row += threads) run(row);
  };
  std::vector<std::thread> others;
  for (int64_t i = 1; i < threads; ++i) others.emplace_back(part, i);
  part(0);
  for (std::thread& thread : others) thread.join();
}

Status NeedPicture(const Array& array) {
  if (array.shape.size() == 4) return Status();
  return InvalidArgument("its input has shape {}, needs 4 dimensions", ir::ToString(array.shape));
}

struct Geometry {
  int64_t in_h, in_w, in_c;
  ir::ResolvedWindow window;
  ir::Attributes attributes;
};

// Adds one output row of a convolution: `out` is out_w x channels and holds the biases.
void ConvolveRow(const Geometry& g, const double* picture, const Array& kernel, bool depthwise, int64_t y, double* out) {
  const int64_t taps_h = kernel.shape[0], taps_w = kernel.shape[1], channels = kernel.shape[2], outputs = kernel.shape[3];
  const int64_t out_channels = depthwise ? channels * outputs : outputs;
  for (int64_t x = 0; x < g.window.out_w; ++x, out += out_channels) {
    for (int64_t r = 0; r < taps_h; ++r) {
      const int64_t iy = y * g.attributes.strides[0] + r * g.attributes.dilations[0] - g.window.pad_top;
      if (iy < 0 || iy >= g.in_h) continue;
      for (int64_t s = 0; s < taps_w; ++s) {
        const int64_t ix = x * g.attributes.strides[1] + s * g.attributes.dilations[1] - g.window.pad_left;
        if (ix < 0 || ix >= g.in_w) continue;
        const double* in = picture + (iy * g.in_w + ix) * channels;
        const double* w = kernel.values.data() + (r * taps_w + s) * channels * outputs;
        for (int64_t c = 0; c < channels; ++c, w += outputs) {
          double* const sums = depthwise ? out + c * outputs : out;
          for (int64_t k = 0; k < outputs; ++k) sums[k] += in[c] * w[k];
        }
      }
    }
  }
}

// The source of output `i` of a resize, unclamped; see kernels/resize/resize.h for the conventions.
double SourceOf(int64_t i, int64_t in, int64_t out, const ir::Attributes& a) {
  if (a.align_corners && out > 1) return static_cast<double>(i * (in - 1)) / static_cast<double>(out - 1);
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  return a.half_pixel_centers ? (static_cast<double>(i) + 0.5) * scale - 0.5 : static_cast<double>(i * in) / static_cast<double>(out);
}

}  // namespace

Result<Array> Convolution(const ir::Node& node, const Inputs& inputs) {
  const Array &in = *inputs[0], &kernel = *inputs[1];
  const bool depthwise = node.op == ir::OpKind::kDepthwiseConv2d;
  SINEW_RETURN_IF_ERROR(NeedPicture(in));
  if (kernel.shape.size() != 4 || kernel.shape[2] != in.shape[3]) {
    return InvalidArgument("kernel {} does not fit input {}", ir::ToString(kernel.shape), ir::ToString(in.shape));
  }
  SINEW_ASSIGN_OR_RETURN(const ir::ResolvedWindow window,
                         ir::ResolveWindow(node.attributes, kernel.shape[0], kernel.shape[1], in.shape[1], in.shape[2]));
  const int64_t channels = depthwise ? kernel.shape[2] * kernel.shape[3] : kernel.shape[3];
  const Array* const bias = inputs.size() == 3 ? inputs[2] : nullptr;
  if (bias != nullptr && bias->values.size() != static_cast<size_t>(channels)) {
    return InvalidArgument("bias has {} values, needs {}", bias->values.size(), channels);
  }
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray({in.shape[0], window.out_h, window.out_w, channels}));
  const Geometry g = {in.shape[1], in.shape[2], in.shape[3], window, node.attributes};
  const int64_t row_values = window.out_w * channels, picture_values = g.in_h * g.in_w * g.in_c;
  const int64_t work = static_cast<int64_t>(out.values.size()) * kernel.shape[0] * kernel.shape[1] * (depthwise ? 1 : g.in_c);
  ForEachRow(in.shape[0] * window.out_h, work, [&](int64_t row) {
    double* const to = out.values.data() + row * row_values;
    if (bias != nullptr) {
      for (int64_t i = 0; i < row_values; ++i) to[i] = bias->values[static_cast<size_t>(i % channels)];
    }
    ConvolveRow(g, in.values.data() + row / window.out_h * picture_values, kernel, depthwise, row % window.out_h, to);
    for (int64_t i = 0; i < row_values; ++i) to[i] = Activate(node.attributes.activation, to[i]);
  });
  return out;
}

Result<Array> MaxPool(const ir::Node& node, const Inputs& inputs) {
  const Array& in = *inputs[0];
  SINEW_RETURN_IF_ERROR(NeedPicture(in));
  const ir::Attributes& a = node.attributes;
  const int64_t h = in.shape[1], w = in.shape[2], channels = in.shape[3];
  SINEW_ASSIGN_OR_RETURN(const ir::ResolvedWindow window, ir::ResolveWindow(a, a.window[0], a.window[1], h, w));
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray({in.shape[0], window.out_h, window.out_w, channels}));
  size_t i = 0;
  for (int64_t n = 0; n < in.shape[0]; ++n) {
    for (int64_t y = 0; y < window.out_h; ++y) {
      for (int64_t x = 0; x < window.out_w; ++x) {
        for (int64_t c = 0; c < channels; ++c, ++i) {
          double best = -HUGE_VAL;
          for (int64_t r = 0; r < a.window[0]; ++r) {
            for (int64_t s = 0; s < a.window[1]; ++s) {
              const int64_t iy = y * a.strides[0] + r - window.pad_top, ix = x * a.strides[1] + s - window.pad_left;
              if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
              best = std::max(best, in.values[static_cast<size_t>(((n * h + iy) * w + ix) * channels + c)]);
            }
          }
          out.values[i] = best;
        }
      }
    }
  }
  return out;
}

Result<Array> ResizeBilinear(const ir::Node& node, const Inputs& inputs) {
  const Array& in = *inputs[0];
  SINEW_RETURN_IF_ERROR(NeedPicture(in));
  const std::vector<int64_t> size = ToInts(*inputs[1]);
  if (size.size() != 2 || size[0] < 1 || size[1] < 1) return InvalidArgument("resizes to [{}]", fmt::join(size, ","));
  const int64_t h = in.shape[1], w = in.shape[2], channels = in.shape[3];
  if (h < 1 || w < 1) return InvalidArgument("resizes an empty picture");
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray({in.shape[0], size[0], size[1], channels}));
  size_t i = 0;
  for (int64_t n = 0; n < in.shape[0]; ++n) {
    for (int64_t y = 0; y < size[0]; ++y) {
      for (int64_t x = 0; x < size[1]; ++x) {
        const double sy = SourceOf(y, h, size[0], node.attributes), sx = SourceOf(x, w, size[1], node.attributes);
        const double fy = sy - std::floor(sy), fx = sx - std::floor(sx);
        const auto clamp = [](double position, int64_t limit) { return std::clamp<int64_t>(static_cast<int64_t>(position), 0, limit - 1); };
        const int64_t y0 = clamp(std::floor(sy), h), y1 = clamp(std::floor(sy) + 1, h);
        const int64_t x0 = clamp(std::floor(sx), w), x1 = clamp(std::floor(sx) + 1, w);
        for (int64_t c = 0; c < channels; ++c, ++i) {
          const auto at = [&](int64_t iy, int64_t ix) { return in.values[static_cast<size_t>(((n * h + iy) * w + ix) * channels + c)]; };
          const double top = at(y0, x0) * (1 - fx) + at(y0, x1) * fx, bottom = at(y1, x0) * (1 - fx) + at(y1, x1) * fx;
          out.values[i] = top * (1 - fy) + bottom * fy;
        }
      }
    }
  }
  return out;
}

}  // namespace sinew::reference
