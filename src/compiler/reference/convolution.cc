// Convolutions, as their definition says.
#include <algorithm>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"
#include "compiler/reference/value_ops.h"

namespace sinew::reference {
namespace {

// Below this many multiply-adds, about a millisecond, threads cost more than they save.
constexpr int64_t kWorkForThreads = 1 << 20;

// Calls run(row) for rows [0, rows), which must be independent of one another: the result is the same with any number
// of threads.
template <class Run>
void ForEachRow(int64_t rows, int64_t work, const Run& run) {
  const int64_t processors = std::max(1u, std::thread::hardware_concurrency());
  const int64_t parts = work < kWorkForThreads ? 1 : std::min(rows, processors);
  const auto run_part = [&](int64_t part) {
    for (int64_t row = part; row < rows; row += parts) run(row);
  };
  std::vector<std::thread> others;
  others.reserve(static_cast<size_t>(parts));
  for (int64_t part = 1; part < parts; ++part) {
    try {
      others.emplace_back(run_part, part);
    } catch (const std::system_error&) {
      run_part(part);  // the system grants no more threads
    }
  }
  run_part(0);
  for (std::thread& thread : others) thread.join();
}

struct Geometry {
  int64_t in_h, in_w;
  bool depthwise;
  ir::ResolvedWindow window;
  const ir::Attributes& attributes;
};

// Adds one output row of a convolution: `sums` is out_w x output channels and holds the biases.
void ConvolveRow(const Geometry& g, const double* picture, const Array& kernel, int64_t y, double* sums) {
  const int64_t taps_h = kernel.shape[0], taps_w = kernel.shape[1];
  const int64_t channels = kernel.shape[2], outputs = kernel.shape[3];
  const int64_t pixel = g.depthwise ? channels * outputs : outputs;
  for (int64_t x = 0; x < g.window.out_w; ++x, sums += pixel) {
    for (int64_t r = 0; r < taps_h; ++r) {
      const int64_t iy = y * g.attributes.strides[0] + r * g.attributes.dilations[0] - g.window.pad_top;
      if (iy < 0 || iy >= g.in_h) continue;
      for (int64_t s = 0; s < taps_w; ++s) {
        const int64_t ix = x * g.attributes.strides[1] + s * g.attributes.dilations[1] - g.window.pad_left;
        if (ix < 0 || ix >= g.in_w) continue;
        const double* const in = picture + (iy * g.in_w + ix) * channels;
        const double* w = kernel.values.data() + (r * taps_w + s) * channels * outputs;
        for (int64_t c = 0; c < channels; ++c, w += outputs) {
          // A depthwise convolution has its own outputs for each channel; any other adds all channels into the same.
          double* const acc = g.depthwise ? sums + c * outputs : sums;
          for (int64_t k = 0; k < outputs; ++k) acc[k] += in[c] * w[k];
        }
      }
    }
  }
}

}  // namespace

Result<Array> Convolution(const ir::Node& node, const Inputs& inputs) {
  const Array &in = *inputs[0], &kernel = *inputs[1];
  const bool depthwise = node.op == ir::OpKind::kDepthwiseConv2d;
  SINEW_RETURN_IF_ERROR(NeedPicture(in));
  if (kernel.shape.size() != 4 || kernel.shape[2] != in.shape[3]) {
    return InvalidArgument("kernel {} does not fit input {}", ir::ToString(kernel.shape), ir::ToString(in.shape));
  }
  const ir::Attributes& attributes = node.attributes;
  SINEW_ASSIGN_OR_RETURN(const ir::ResolvedWindow window,
                         ir::ResolveWindow(attributes, kernel.shape[0], kernel.shape[1], in.shape[1], in.shape[2]));
  const int64_t channels = depthwise ? kernel.shape[2] * kernel.shape[3] : kernel.shape[3];
  const Array* const bias = inputs.size() == 3 ? inputs[2] : nullptr;
  if (bias != nullptr && bias->values.size() != static_cast<size_t>(channels)) {
    return InvalidArgument("bias has {} values, needs {}", bias->values.size(), channels);
  }
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray({in.shape[0], window.out_h, window.out_w, channels}));
  if (out.values.empty()) return out;
  const Geometry geometry = {in.shape[1], in.shape[2], depthwise, window, attributes};
  const int64_t row_values = window.out_w * channels, picture_values = in.shape[1] * in.shape[2] * in.shape[3];
  const int64_t pixels = in.shape[0] * window.out_h * window.out_w;
  ForEachRow(in.shape[0] * window.out_h, pixels * static_cast<int64_t>(kernel.values.size()), [&](int64_t row) {
    double* const to = out.values.data() + row * row_values;
    if (bias != nullptr) {
      for (int64_t i = 0; i < row_values; ++i) to[i] = bias->values[static_cast<size_t>(i % channels)];
    }
    ConvolveRow(geometry, in.values.data() + row / window.out_h * picture_values, kernel, row % window.out_h, to);
    for (int64_t i = 0; i < row_values; ++i) to[i] = Activate(attributes.activation, to[i]);
  });
  return out;
}

}  // namespace sinew::reference
