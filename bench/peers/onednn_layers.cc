// oneDNN's convolutions beside sinew's, layer by layer and type by type, on one thread and in turns:
//   onednn_layers bench/shapes/cmu.txt [--rounds N] [--filter TEXT]
// Both start from the layer's own layout in their own type: what brings weights and pictures there is not timed for
// oneDNN, while sinew converts pictures as it goes, as in a network. oneDNN writes its own type (bf16, bytes), sinew
// floats. Errors are relative RMS against oneDNN in floats; sinew's f32 shows what Winograd adds.
#include <fmt/format.h>
#include <omp.h>

#include <oneapi/dnnl/dnnl.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "family.h"
#include "layer.h"
#include "simd/target.h"

namespace sinew::bench {
namespace {

using dnnl::memory;
using Clock = std::chrono::steady_clock;
using Type = memory::data_type;

struct Precision {
  std::string_view name, prefix;  // of sinew's algorithms
  Type source, weights;
};
constexpr Precision kPrecisions[] = {
    {"f32", "", Type::f32, Type::f32}, {"bf16", "bf16_", Type::bf16, Type::bf16}, {"i8", "i8_", Type::u8, Type::s8}};

double RelativeRms(const std::vector<float>& actual, const std::vector<float>& expected) {
  double squares = 0, total = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double off = static_cast<double>(actual[i]) - static_cast<double>(expected[i]);
    squares += off * off;
    total += static_cast<double>(expected[i]) * static_cast<double>(expected[i]);
  }
  return total > 0 ? std::sqrt(squares / total) : 0;
}

float Largest(const float* values, size_t count) {
  float largest = 0;
  for (size_t i = 0; i < count; ++i) largest = std::max(largest, std::fabs(values[i]));
  return largest > 0 ? largest : 1;
}

// A convolution by oneDNN, ready to run.
class OneDnn {
 public:
  // `expected`: the outputs in floats, which scales of bytes are made from; empty for floats themselves.
  OneDnn(const Trial& trial, const Precision& precision, const std::vector<float>& expected)
      : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    const Layer& layer = trial.layer;
    const Operation& op = layer.operations[0];
    const memory::dims in = {1, layer.input.channels, layer.input.height, layer.input.width};
    const memory::dims out = {1, op.output.channels, op.output.height, op.output.width};
    const memory::dims kernel = {out[1], in[1], op.kernel_h, op.kernel_w};
    const memory::dims strides = {op.stride_h, op.stride_w}, dilations = {op.dilation_h - 1, op.dilation_w - 1};
    const auto behind = [](int64_t from, int64_t to, int window, int stride, int dilation, int before) {
      return (to - 1) * stride + (window - 1) * dilation + 1 - from - before;
    };
    const memory::dims before = {op.pad_top, op.pad_left};
    const memory::dims after = {behind(in[2], out[2], op.kernel_h, op.stride_h, op.dilation_h, op.pad_top),
                                behind(in[3], out[3], op.kernel_w, op.stride_w, op.dilation_w, op.pad_left)};
    const bool relu = op.activation != cpu::Activation::kNone, bytes = precision.source == Type::u8;
    const Type result = bytes ? (relu ? Type::u8 : Type::s8) : precision.source;

    // x = scale * q, weights a scale a channel; bytes of the result have one from what it should be.
    std::vector<float> weights = trial.weights, bias(trial.biases[0].begin(), trial.biases[0].end());
    std::vector<float> input(trial.input.begin(), trial.input.end());
    bias.resize(static_cast<size_t>(out[1]));
    dnnl::primitive_attr attributes;
    if (bytes) {
      const float in_scale = Largest(input.data(), input.size()) / 255;
      result_scale_ = Largest(expected.data(), expected.size()) / (relu ? 255 : 127);
      for (float& value : input) value = std::nearbyint(value / in_scale);
      const size_t columns = static_cast<size_t>(out[1]), rows = weights.size() / columns;
      std::vector<float> scales(columns);
      for (size_t k = 0; k < columns; ++k) {
        float most = 0;
        for (size_t i = 0; i < rows; ++i) most = std::max(most, std::fabs(weights[i * columns + k]));
        const float scale = most > 0 ? most / 127 : 1;
        for (size_t i = 0; i < rows; ++i) weights[i * columns + k] = std::nearbyint(weights[i * columns + k] / scale);
        bias[k] /= scale * in_scale;
        scales[k] = scale * in_scale / result_scale_;
      }
      attributes.set_output_scales(1 << 1, scales);
    }
    if (relu) {
      dnnl::post_ops ops;
      ops.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0, 0);
      attributes.set_post_ops(ops);
    }
    const auto any = [](const memory::dims& dims, Type type) {
      return memory::desc(dims, type, memory::format_tag::any);
    };
    const dnnl::convolution_forward::desc description(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, any(in, precision.source),
        any(kernel, precision.weights), any({out[1]}, Type::f32), any(out, result), strides, dilations, before, after);
    const dnnl::convolution_forward::primitive_desc primitive(description, attributes, engine_);
    convolution_ = dnnl::convolution_forward(primitive);
    input_ = Reordered(in, memory::format_tag::nhwc, input.data(), primitive.src_desc());
    weights_ = Reordered(kernel, memory::format_tag::hwio, weights.data(), primitive.weights_desc());
    bias_ = Reordered({out[1]}, memory::format_tag::x, bias.data(), primitive.bias_desc());
    output_ = memory(primitive.dst_desc(), engine_);
    out_ = out;
  }

  void Run() {
    convolution_.execute(
        stream_,
        {{DNNL_ARG_SRC, input_}, {DNNL_ARG_WEIGHTS, weights_}, {DNNL_ARG_BIAS, bias_}, {DNNL_ARG_DST, output_}});
    stream_.wait();
  }

  // HWK floats.
  std::vector<float> Output() {
    std::vector<float> values(static_cast<size_t>(out_[1] * out_[2] * out_[3]));
    memory plain({out_, Type::f32, memory::format_tag::nhwc}, engine_, values.data());
    dnnl::reorder(output_, plain).execute(stream_, output_, plain);
    stream_.wait();
    for (float& value : values) value *= result_scale_;
    return values;
  }

 private:
  memory Reordered(const memory::dims& dims, memory::format_tag tag, float* values, const memory::desc& wanted) {
    memory from({dims, Type::f32, tag}, engine_, values), to(wanted, engine_);
    dnnl::reorder(from, to).execute(stream_, from, to);
    stream_.wait();
    return to;
  }

  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::convolution_forward convolution_;
  memory input_, weights_, bias_, output_;
  memory::dims out_;
  float result_scale_ = 1;
};

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

double Milliseconds(const std::function<void()>& run) {
  const Clock::time_point start = Clock::now();
  run();
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// What takes part: a name, how it runs, and its times.
struct Contender {
  std::string name;
  std::function<void()> run;
  double error = 0;
  std::vector<double> ms = {};
};

void CompareLayer(const Layer& layer, simd::Target target, int rounds) {
  const Result<Problem> problem = MakeProblem(layer);
  if (!problem.ok()) return;
  Trial trial(layer);
  std::vector<float> expected;
  for (const Precision& precision : kPrecisions) {
    std::vector<Contender> contenders;
    std::optional<OneDnn> onednn;
    try {
      onednn.emplace(trial, precision, expected);
      onednn->Run();
      const std::vector<float> output = onednn->Output();
      if (expected.empty()) expected = output;
      contenders.push_back({"oneDNN", [&] { onednn->Run(); }, RelativeRms(output, expected)});
    } catch (const dnnl::error& error) {
      fmt::print("{} {}: oneDNN: {}\n", layer.name, precision.name, error.what());
      if (expected.empty()) return;
    }
    for (const std::string_view name : AlgorithmsFor(*problem, target)) {
      const bool narrow = name.starts_with("bf16") || name.starts_with("i8_");
      if (precision.prefix.empty() ? narrow : !name.starts_with(precision.prefix)) continue;
      BoundAlgorithm algorithm = Bind(*problem, name, target, &trial);
      algorithm.run();
      const std::vector<float> output(trial.output.begin(), trial.output.end());
      contenders.push_back({std::string(name), std::move(algorithm.run), RelativeRms(output, expected)});
    }
    for (int round = 0; round < rounds; ++round) {
      for (Contender& contender : contenders) contender.ms.push_back(Milliseconds(contender.run));
    }
    std::stable_sort(contenders.begin(), contenders.end(),
                     [](const Contender& a, const Contender& b) { return Median(a.ms) < Median(b.ms); });
    for (const Contender& contender : contenders) {
      const double ms = Median(contender.ms);
      fmt::print("{:<40} {:<5} {:<22} {:>9.3f} ms {:>7.0f} GFLOP/s  error {:.1e}\n", layer.name, precision.name,
                 contender.name, ms, 2 * MultiplyAdds(layer) / ms / 1e6, contender.error);
    }
  }
}

int Fail(std::string_view message) {
  fmt::print(stderr, "onednn_layers: {}\n", message);
  return 2;
}

int Main(int argc, char** argv) {
  omp_set_num_threads(1);  // OMP_NUM_THREADS was read when oneDNN's OpenMP was loaded
  int rounds = 15;
  std::string filter;
  std::vector<std::string> paths;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--rounds" && i + 1 < argc) {
      rounds = std::atoi(argv[++i]);
    } else if (argument == "--filter" && i + 1 < argc) {
      filter = argv[++i];
    } else {
      paths.push_back(argument);
    }
  }
  if (paths.empty() || rounds < 1)
    return Fail("give files of layers (bench/shapes/*.txt) and at least one of --rounds");
  const Result<simd::Target> target = simd::DefaultTarget();
  if (!target.ok()) return Fail(target.status().message());
  for (const std::string& path : paths) {
    const Result<std::vector<Layer>> layers = ReadLayers(path);
    if (!layers.ok()) return Fail(layers.status().message());
    for (const Layer& layer : *layers) {
      const bool is_convolution = layer.operations.size() == 1 && layer.operations[0].kind == Operation::Kind::kConv;
      if (is_convolution && layer.name.find(filter) != std::string::npos) CompareLayer(layer, *target, rounds);
    }
  }
  return 0;
}

}  // namespace
}  // namespace sinew::bench

int main(int argc, char** argv) { return sinew::bench::Main(argc, argv); }
