// Checks the CUDA backend on a GPU, and times it: what scripts/device_check.sh runs.
//
//   sinew-device-check ops --json FILE                       every operation
//   sinew-device-check convs --json FILE                     every convolution algorithm, on shapes of all kinds
//   sinew-device-check network --model GRAPH --resolution WxH... --batch N... --precision P... --json FILE
//                                                            whole networks against the CPU's fp32 runtime
//   sinew-device-check bench   (the same flags)              times of captured networks, and of their steps
//
// Prints a line a check; exits with 1 when one failed.
#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <unistd.h>
#include <chrono>
#include <cmath>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <random>

#include "backends/cuda/executor.h"
#include "backends/cuda/module.h"
#include "backends/cuda/testing/host_device.h"
#include "base/error.h"
#include "device/network_of_model.h"
#include "sinew/compiler.h"
#include "sinew/model.h"

namespace sinew {
namespace {

using cuda::Precision;
using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::vector<float> RandomFloats(size_t count, float low, float high, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(low, high);
  std::vector<float> floats(count);
  for (float& f : floats) f = value(random);
  return floats;
}

// RMS of the difference over RMS of what is expected; infinite where a value is not finite.
double RelativeError(std::span<const float> actual, std::span<const float> expected) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!std::isfinite(actual[i])) return INFINITY;
    const double d = static_cast<double>(actual[i]) - static_cast<double>(expected[i]);
    difference += d * d;
    size += static_cast<double>(expected[i]) * static_cast<double>(expected[i]);
  }
  return size > 0 ? std::sqrt(difference / size) : difference > 0 ? INFINITY : 0;
}

// One operation: rounding of what is stored (2^-24, 2^-11, 2^-9 relative at most), and for tf32 of what is multiplied.
double OperationTolerance(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return 2e-6;
    case Precision::kTf32:
      return 1e-3;
    case Precision::kFp16:
      return 1.5e-3;
    case Precision::kBf16:
      return 1.2e-2;
  }
  return 0;
}
// A whole network: some tens of layers in a row, each of which adds its rounding.
double NetworkTolerance(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return 1e-4;
    case Precision::kTf32:  // as many bits of mantissa as fp16
    case Precision::kFp16:
      return 1.2e-2;
    case Precision::kBf16:
      return 8e-2;
  }
  return 0;
}

Result<Precision> ParseCudaPrecision(const std::string& name) {
  for (const Precision p : {Precision::kFp32, Precision::kTf32, Precision::kFp16, Precision::kBf16}) {
    if (name == cuda::PrecisionName(p)) return p;
  }
  return InvalidArgument("precision \"{}\": fp32, tf32, fp16 or bf16", name);
}
Result<Resolution> ParseResolution(const std::string& text) {
  Resolution r;
  char x = 0;
  std::istringstream stream(text);
  if (stream >> r.width >> x >> r.height && x == 'x') return r;
  return InvalidArgument("resolution \"{}\": WIDTHxHEIGHT", text);
}

struct Flags {
  std::string model, json = "", tuning, steps_file;
  std::vector<std::string> resolutions = {"432x368"}, precisions = {"fp16"};
  std::vector<int> batches = {1};
  std::string only, without;
  bool quick = false;
  int device = 0, lanes = 4, max_candidates = 32, repeats = 30;
};

struct ConvolutionCase;

class Check {
 public:
  explicit Check(const Flags& flags) : flags_(flags) {}

  Status Open() {
    SINEW_ASSIGN_OR_RETURN(cuda::Module* const module, cuda::LoadModule());
    SINEW_ASSIGN_OR_RETURN(device_, module->OpenDevice(flags_.device));
    const cuda::DeviceInfo& info = device_->info();
    json_["device"] = {{"name", info.name},
                       {"compute_capability", fmt::format("{}.{}", info.compute_major, info.compute_minor)},
                       {"memory_mb", info.memory_bytes >> 20},
                       {"driver", info.driver_version},
                       {"cudnn", info.cudnn_version}};
    json_["results"] = nlohmann::json::array();
    fmt::print("# {}, sm_{}{}, {} SMs, driver {}, cuDNN {}\n", info.name, info.compute_major, info.compute_minor,
               info.multiprocessors, info.driver_version, info.cudnn_version);
    SINEW_ASSIGN_OR_RETURN(
        tuner_, cuda::Tuner::Open(
                    device_, flags_.tuning,
                    {.measure = !flags_.quick, .max_candidates = flags_.max_candidates, .without = flags_.without}));
    return Status();
  }

  int Finish() {
    if (Status status = tuner_->Save(); !status.ok()) fmt::print("FAILED tuning file: {}\n", status.message());
    json_["failures"] = failures_;
    if (!flags_.json.empty()) std::ofstream(flags_.json) << json_.dump(1) << '\n';
    fmt::print("{} checks, {} failed\n", checks_, failures_);
    return failures_ == 0 ? 0 : 1;
  }

  void Ops();
  void Convolutions();
  Status Networks();
  Status Bench();

 private:
  void Report(const std::string& name, const Result<double>& error, double tolerance) {
    ++checks_;
    const bool good = error.ok() && *error <= tolerance;
    failures_ += !good;
    json_["results"].push_back({{"name", name},
                                {"ok", good},
                                {"error", error.ok() ? *error : -1.0},
                                {"tolerance", tolerance},
                                {"message", error.ok() ? "" : error.status().message()}});
    if (!good)
      fmt::print("FAILED {}: {}\n", name,
                 error.ok() ? fmt::format("relative RMS {:.3g}, {:.2g} allowed", *error, tolerance)
                            : error.status().message());
  }

  Result<std::vector<float>> RunOn(const std::shared_ptr<cuda::Device>& device, cuda::Tuner* tuner,
                                   const std::shared_ptr<const cuda::Network>& network, Precision precision, int batch,
                                   std::span<const float> input) {
    SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<cuda::Executor> executor,
                           cuda::Executor::Create(device, network, std::make_shared<cuda::Weights>(device), tuner,
                                                  {precision, batch, flags_.lanes}));
    const cuda::Shape shape = executor->output_shape(0);
    std::vector<float> output(static_cast<size_t>(batch) * static_cast<size_t>(shape.height) *
                              static_cast<size_t>(shape.width) * static_cast<size_t>(shape.channels));
    SINEW_RETURN_IF_ERROR(executor->Run(input, output));
    return output;
  }
  void CheckOperation(const std::string& name, const std::shared_ptr<const cuda::Network>& network);
  void CheckConvolution(const ConvolutionCase& c, Precision precision);
  Result<double> RunAlgorithm(const ConvolutionCase& c, const cuda::ConvProblem& problem,
                              const cuda::ConvAlgorithm& algorithm);

  const Flags& flags_;
  std::shared_ptr<cuda::Device> device_;
  std::unique_ptr<cuda::Tuner> tuner_;
  nlohmann::json json_;
  int checks_ = 0, failures_ = 0;
};

// A network of a few operations around one that is to be checked, with random parameters.
struct Small {
  std::shared_ptr<cuda::Network> network = std::make_shared<cuda::Network>();
  std::shared_ptr<std::vector<std::vector<float>>> floats = std::make_shared<std::vector<std::vector<float>>>();
  uint32_t seed = 1;

  explicit Small(cuda::Shape input) {
    floats->reserve(64);
    network->owner = floats;
    network->values.push_back(input);
  }
  cuda::Floats Random(size_t count, float low = -1, float high = 1) {
    floats->push_back(RandomFloats(count, low, high, seed++));
    return floats->back();
  }
  cuda::ValueId Conv(cuda::ValueId in, int channels, cuda::Window window,
                     cuda::Activation activation = cuda::Activation::kRelu, int stride = 1) {
    const cuda::Shape from = network->values[static_cast<size_t>(in)];
    const size_t taps = static_cast<size_t>(window.kernel_h * window.kernel_w);
    const float scale = 1 / std::sqrt(static_cast<float>(taps) * static_cast<float>(from.channels));
    cuda::Conv conv{.window = window, .activation = activation};
    conv.kernel =
        Random(taps * static_cast<size_t>(from.channels) * static_cast<size_t>(channels), -2 * scale, 2 * scale);
    conv.bias = Random(static_cast<size_t>(channels));
    return network->Append(fmt::format("conv{}", network->operations.size()), conv, {in},
                           {(from.height + stride - 1) / stride, (from.width + stride - 1) / stride, channels});
  }
  std::shared_ptr<const cuda::Network> Finish(cuda::ValueId out) {
    network->outputs = {{"out", out}};
    return network;
  }
};

constexpr cuda::Window kPoint = {};
constexpr cuda::Window kThree = {.kernel_h = 3, .kernel_w = 3, .pad_top = 1, .pad_left = 1};

void Check::CheckOperation(const std::string& name, const std::shared_ptr<const cuda::Network>& network) {
  if (Status status = network->Check(); !status.ok()) return Report(name, status, 0);
  const auto host = std::make_shared<cuda::HostDevice>();
  for (const int batch : {1, 3}) {
    const cuda::Shape in = network->values[0];
    const std::vector<float> input =
        RandomFloats(static_cast<size_t>(batch * in.height * in.width * in.channels), -1, 1, 7);
    const std::unique_ptr<cuda::Tuner> host_tuner = cuda::Tuner::Open(host, "", {.measure = false}).value();
    const Result<std::vector<float>> expected = RunOn(host, host_tuner.get(), network, Precision::kFp32, batch, input);
    for (const Precision precision : {Precision::kFp32, Precision::kTf32, Precision::kFp16, Precision::kBf16}) {
      const auto compare = [&]() -> Result<double> {
        if (!expected.ok()) return expected.status();
        SINEW_ASSIGN_OR_RETURN(const std::vector<float> actual,
                               RunOn(device_, tuner_.get(), network, precision, batch, input));
        return RelativeError(actual, *expected);
      };
      // The convolutions around it round as well.
      Report(fmt::format("op {} n{} {}", name, batch, cuda::PrecisionName(precision)), compare(),
             2 * OperationTolerance(precision));
    }
  }
}

// A convolution with random weights, and what sums in double make of it.
struct ConvolutionCase {
  cuda::ConvProblem problem;  // of any precision
  std::shared_ptr<const cuda::Network> network;
  std::vector<float> input, expected;
};

ConvolutionCase MakeCase(const cuda::ConvProblem& problem) {
  ConvolutionCase made{.problem = problem};
  Small small({problem.in_h, problem.in_w, problem.in_c});
  cuda::Conv conv{.window = problem.window, .activation = problem.activation};
  const size_t count = static_cast<size_t>(problem.window.kernel_h * problem.window.kernel_w) *
                       static_cast<size_t>(problem.in_c) * static_cast<size_t>(problem.out_k);
  const float scale =
      1 / std::sqrt(static_cast<float>(problem.window.kernel_h * problem.window.kernel_w * problem.in_c));
  conv.kernel = small.Random(count, -2 * scale, 2 * scale);
  conv.bias = small.Random(static_cast<size_t>(problem.out_k));
  made.network = small.Finish(small.network->Append("conv", conv, {0}, {problem.out_h, problem.out_w, problem.out_k}));
  made.input = RandomFloats(
      static_cast<size_t>(problem.batch * problem.in_h) * static_cast<size_t>(problem.in_w * problem.in_c), -1, 1, 5);
  return made;
}

// Every algorithm that the device offers, against sums in double on the host.
void Check::CheckConvolution(const ConvolutionCase& c, Precision precision) {
  cuda::ConvProblem problem = c.problem;
  problem.precision = precision;
  const std::string key = problem.Key();
  Result<std::vector<std::string>> names = device_->ConvCandidates(problem);
  if (!names.ok()) return Report("conv " + key, names.status(), 0);
  std::erase_if(*names, [&](const std::string& name) {
    return !name.starts_with(flags_.only) || (!flags_.without.empty() && name.starts_with(flags_.without));
  });
  std::vector<std::future<Result<std::unique_ptr<cuda::ConvAlgorithm>>>> algorithms;
  for (const std::string& name : *names)
    algorithms.push_back(std::async(std::launch::async, [&, name] { return device_->MakeConv(problem, name); }));
  for (size_t i = 0; i < names->size(); ++i) {
    const Result<std::unique_ptr<cuda::ConvAlgorithm>> made = algorithms[i].get();
    if (!made.ok() && made.status().code() == StatusCode::kUnsupported) continue;
    Report(fmt::format("conv {} {}", key, (*names)[i]),
           made.ok() ? RunAlgorithm(c, problem, **made) : Result<double>(made.status()), OperationTolerance(precision));
  }
}

// Runs an algorithm by itself, into memory full of NaN.
Result<double> Check::RunAlgorithm(const ConvolutionCase& c, const cuda::ConvProblem& problem,
                                   const cuda::ConvAlgorithm& algorithm) {
  const cuda::DataType type = cuda::StorageOf(problem.precision);
  const cuda::Conv& conv = std::get<cuda::Conv>(c.network->operations[0].what);
  SINEW_ASSIGN_OR_RETURN(const cuda::OwnedStream stream, cuda::NewStreamOn(device_));
  SINEW_ASSIGN_OR_RETURN(const cuda::DeviceMemory in32, cuda::AllocateOn(device_, c.input.size() * 4));
  SINEW_ASSIGN_OR_RETURN(const cuda::DeviceMemory in, cuda::AllocateOn(device_, c.input.size() * cuda::SizeOf(type)));
  SINEW_ASSIGN_OR_RETURN(const cuda::DeviceMemory out,
                         cuda::AllocateOn(device_, c.expected.size() * cuda::SizeOf(type)));
  SINEW_ASSIGN_OR_RETURN(const cuda::DeviceMemory out32, cuda::AllocateOn(device_, c.expected.size() * 4));
  SINEW_ASSIGN_OR_RETURN(const cuda::DeviceMemory weights, cuda::AllocateOn(device_, algorithm.packed_bytes()));
  SINEW_ASSIGN_OR_RETURN(const cuda::DeviceMemory workspace,
                         cuda::AllocateOn(device_, std::max<size_t>(algorithm.workspace_bytes(), 1)));
  std::vector<std::byte> packed(algorithm.packed_bytes());
  algorithm.PackWeights(
      cuda::StoredKernel(conv, cuda::DenseLayout(problem.in_c), cuda::DenseLayout(problem.out_k)).data(),
      conv.bias.data(), packed.data());
  const cuda::View in_view = {
      in32.get(), cuda::DataType::kFloat32, problem.batch, problem.in_h, problem.in_w, problem.in_c, problem.in_c};
  const cuda::View out_view = {out.get(),     type,          problem.batch, problem.out_h,
                               problem.out_w, problem.out_k, problem.out_k};
  cuda::View converted_in = in_view, converted_out = out_view;
  converted_in.data = in.get();
  converted_in.type = type;
  converted_out.data = out32.get();
  converted_out.type = cuda::DataType::kFloat32;
  cuda::Stream* s = stream.get();
  SINEW_RETURN_IF_ERROR(device_->CopyToDevice(weights.get(), packed.data(), packed.size(), s));
  SINEW_RETURN_IF_ERROR(device_->CopyToDevice(in32.get(), c.input.data(), c.input.size() * 4, s));
  SINEW_RETURN_IF_ERROR(device_->Fill(out.get(), 0xff, c.expected.size() * cuda::SizeOf(type), s));
  SINEW_RETURN_IF_ERROR(device_->Launch(cuda::CopyCall{.in = in_view, .out = converted_in}, s));
  SINEW_RETURN_IF_ERROR(algorithm.Enqueue({in.get(), out.get(), weights.get(), workspace.get()}, s));
  SINEW_RETURN_IF_ERROR(device_->Launch(cuda::CopyCall{.in = out_view, .out = converted_out}, s));
  std::vector<float> actual(c.expected.size());
  SINEW_RETURN_IF_ERROR(device_->CopyToHost(actual.data(), out32.get(), actual.size() * 4, s));
  SINEW_RETURN_IF_ERROR(device_->Synchronize(s));
  return RelativeError(actual, c.expected);
}

void Check::Ops() {
  const cuda::Shape picture = {23, 37, 3};
  const auto window = [](int size, int stride, int dilation, int pad) {
    return cuda::Window{size, size, stride, stride, dilation, dilation, pad, pad};
  };
  for (const int channels : {16, 19}) {
    const std::string suffix = fmt::format("-{}", channels);
    {
      Small s(picture);
      CheckOperation("conv" + suffix,
                     s.Finish(s.Conv(s.Conv(0, channels, kThree), 38, kPoint, cuda::Activation::kNone)));
    }
    for (const int stride : {1, 2}) {
      Small s(picture);
      const cuda::ValueId x = s.Conv(0, channels, kPoint);
      // TensorFlow's SAME with stride 2 pads unevenly.
      cuda::Depthwise depthwise{.window = window(3, stride, 1, stride == 1 ? 1 : 0),
                                .activation = cuda::Activation::kRelu6};
      depthwise.kernel = s.Random(9 * static_cast<size_t>(channels));
      depthwise.bias = s.Random(static_cast<size_t>(channels));
      const cuda::ValueId y = s.network->Append("depthwise", depthwise, {x},
                                                {(23 + stride - 1) / stride, (37 + stride - 1) / stride, channels});
      CheckOperation(fmt::format("depthwise s{}{}", stride, suffix), s.Finish(y));
    }
    {
      Small s(picture);
      const cuda::ValueId x = s.Conv(0, channels, kPoint, cuda::Activation::kNone);
      const cuda::ValueId y = s.network->Append("pool", cuda::Pool{window(2, 2, 1, 0)}, {x}, {12, 19, channels});
      CheckOperation("pool" + suffix, s.Finish(y));
    }
    for (const int mode : {0, 1, 2}) {
      Small s(picture);
      const cuda::ValueId x = s.Conv(0, channels, kPoint);
      const cuda::ValueId y = s.network->Append("resize", cuda::Resize{mode == 1, mode == 2}, {x}, {46, 50, channels});
      CheckOperation(fmt::format("resize {}{}", mode, suffix), s.Finish(y));
    }
    {
      Small s(picture);
      const cuda::ValueId x = s.Conv(0, channels, kPoint, cuda::Activation::kNone);
      cuda::Normalize normalize{.epsilon = 1e-3f, .activation = cuda::Activation::kRelu};
      normalize.gamma = s.Random(static_cast<size_t>(channels), 0.5f, 2);
      normalize.beta = s.Random(static_cast<size_t>(channels));
      CheckOperation("normalize" + suffix,
                     s.Finish(s.network->Append("normalize", normalize, {x}, {23, 37, channels})));
    }
    {
      Small s(picture);
      const cuda::ValueId x = s.Conv(0, channels, kThree), y = s.Conv(0, channels, kPoint);
      const cuda::ValueId sum =
          s.network->Append("add", cuda::Add{cuda::Activation::kRelu6}, {x, y}, {23, 37, channels});
      cuda::ScaleShift affine;
      affine.scale = s.Random(static_cast<size_t>(channels));
      affine.shift = s.Random(static_cast<size_t>(channels));
      CheckOperation("add, scale-shift" + suffix,
                     s.Finish(s.network->Append("affine", affine, {sum}, {23, 37, channels})));
    }
    {
      Small s(picture);
      const cuda::ValueId x = s.Conv(0, channels, kThree), y = s.Conv(0, 38, kPoint);
      const cuda::ValueId both = s.network->Append("concat", cuda::Concat{}, {x, y, x}, {23, 37, 2 * channels + 38});
      const cuda::ValueId part = s.network->Append("slice", cuda::Slice{5}, {both}, {23, 37, channels + 20});
      const cuda::ValueId padded = s.network->Append("pad", cuda::Pad{1, 2}, {part}, {25, 40, channels + 20});
      CheckOperation("concat, slice, pad" + suffix, s.Finish(s.Conv(padded, 12, kThree)));
    }
  }
}

void Check::Convolutions() {
  struct Case {
    int h, w, c, k, size, stride, dilation, batch;
  };
  std::vector<std::future<ConvolutionCase>> cases;
  for (const Case& c :
       {Case{46, 82, 128, 128, 7, 1, 1, 1}, Case{23, 41, 192, 128, 7, 1, 1, 2}, Case{13, 22, 64, 256, 3, 1, 1, 1},
        Case{17, 19, 128, 40, 1, 1, 1, 3}, Case{20, 24, 8, 24, 3, 2, 1, 1}, Case{15, 9, 64, 64, 3, 1, 2, 2},
        Case{9, 9, 512, 64, 1, 1, 1, 1}, Case{31, 33, 32, 64, 5, 1, 1, 1}}) {
    const int pad = c.stride == 1 ? (c.size - 1) / 2 * c.dilation : 0;
    const cuda::ConvProblem problem = {.batch = c.batch,
                                       .in_h = c.h,
                                       .in_w = c.w,
                                       .in_c = c.c,
                                       .out_h = (c.h + c.stride - 1) / c.stride,
                                       .out_w = (c.w + c.stride - 1) / c.stride,
                                       .out_k = c.k,
                                       .window = {c.size, c.size, c.stride, c.stride, c.dilation, c.dilation, pad, pad},
                                       .activation = cuda::Activation::kRelu,
                                       .in_pixel_stride = c.c,
                                       .out_pixel_stride = c.k};
    cases.push_back(std::async(std::launch::async, [this, problem] {
      ConvolutionCase made = MakeCase(problem);
      const auto host = std::make_shared<cuda::HostDevice>();
      const std::unique_ptr<cuda::Tuner> tuner = cuda::Tuner::Open(host, "", {.measure = false}).value();
      made.expected = RunOn(host, tuner.get(), made.network, Precision::kFp32, problem.batch, made.input).value();
      return made;
    }));
  }
  for (std::future<ConvolutionCase>& each : cases) {
    const ConvolutionCase made = each.get();
    for (const Precision precision : {Precision::kFp32, Precision::kTf32, Precision::kFp16, Precision::kBf16})
      CheckConvolution(made, precision);
  }
}

// What the CPU's own runtime makes of the same pictures.
Result<std::vector<float>> RunOnCpu(const std::filesystem::path& model, Resolution resolution,
                                    std::span<const float> pictures, size_t results) {
  const std::filesystem::path artifact =
      std::filesystem::temp_directory_path() / fmt::format("sinew-device-check-{}.sinew", getpid());
  SINEW_RETURN_IF_ERROR(Compile(model, artifact, {.resolutions = {resolution}, .exact = true}).status());
  SINEW_ASSIGN_OR_RETURN(const Model loaded, Model::Load(artifact));
  std::filesystem::remove(artifact);
  SINEW_ASSIGN_OR_RETURN(Session session, Session::Create(loaded, {.resolution = resolution}));
  std::vector<float> output(results);
  SINEW_RETURN_IF_ERROR(session.RunBatch(pictures, output));
  return output;
}

std::vector<float> Pictures(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> floats(count);
  for (float& f : floats) f = static_cast<float>(random() % 256);
  return floats;
}

Status Check::Networks() {
  const int most = *std::max_element(flags_.batches.begin(), flags_.batches.end());
  for (const std::string& resolution_text : flags_.resolutions) {
    SINEW_ASSIGN_OR_RETURN(const Resolution resolution, ParseResolution(resolution_text));
    SINEW_ASSIGN_OR_RETURN(const std::shared_ptr<const cuda::Network> network,
                           NetworkOfModel(flags_.model, resolution));
    const cuda::Shape out = network->values[static_cast<size_t>(network->outputs[0].value)];
    const size_t picture = static_cast<size_t>(resolution.width) * static_cast<size_t>(resolution.height) * 3;
    const size_t maps =
        static_cast<size_t>(out.height) * static_cast<size_t>(out.width) * static_cast<size_t>(out.channels);
    const std::vector<float> pictures = Pictures(picture * static_cast<size_t>(most), 11);
    const Clock::time_point start = Clock::now();
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> expected,
                           RunOnCpu(flags_.model, resolution, pictures, maps * static_cast<size_t>(most)));
    fmt::print("# CPU: {} pictures at {} in {:.1f} s with compilation\n", most, resolution_text, SecondsSince(start));
    for (const std::string& precision_text : flags_.precisions) {
      SINEW_ASSIGN_OR_RETURN(const Precision precision, ParseCudaPrecision(precision_text));
      for (const int batch : flags_.batches) {
        const Clock::time_point began = Clock::now();
        const auto compare = [&]() -> Result<double> {
          const size_t n = static_cast<size_t>(batch);
          SINEW_ASSIGN_OR_RETURN(const std::vector<float> actual, RunOn(device_, tuner_.get(), network, precision,
                                                                        batch, std::span(pictures).first(n * picture)));
          return RelativeError(actual, std::span(expected).first(n * maps));
        };
        const Result<double> error = compare();
        const std::string name =
            fmt::format("network {} {} n{} {}", std::filesystem::path(flags_.model).filename().string(),
                        resolution_text, batch, precision_text);
        Report(name, error, NetworkTolerance(precision));
        if (error.ok()) fmt::print("{}: relative RMS {:.2g} ({:.1f} s)\n", name, *error, SecondsSince(began));
        std::fflush(stdout);
      }
    }
  }
  return Status();
}

Status Check::Bench() {
  nlohmann::json steps_json = nlohmann::json::object();
  for (const std::string& resolution_text : flags_.resolutions) {
    SINEW_ASSIGN_OR_RETURN(const Resolution resolution, ParseResolution(resolution_text));
    SINEW_ASSIGN_OR_RETURN(const std::shared_ptr<const cuda::Network> network,
                           NetworkOfModel(flags_.model, resolution));
    const auto weights = std::make_shared<cuda::Weights>(device_);
    for (const std::string& precision_text : flags_.precisions) {
      SINEW_ASSIGN_OR_RETURN(const Precision precision, ParseCudaPrecision(precision_text));
      for (const int batch : flags_.batches) {
        const std::string name =
            fmt::format("bench {} {} n{} {} lanes{}", std::filesystem::path(flags_.model).filename().string(),
                        resolution_text, batch, precision_text, flags_.lanes);
        const Clock::time_point start = Clock::now();
        Result<std::unique_ptr<cuda::Executor>> made =
            cuda::Executor::Create(device_, network, weights, tuner_.get(), {precision, batch, flags_.lanes});
        if (!made.ok()) {
          Report(name, made.status(), 0);
          continue;
        }
        cuda::Executor& executor = **made;
        const double ready = SecondsSince(start);
        SINEW_ASSIGN_OR_RETURN(const cuda::OwnedStream stream, cuda::NewStreamOn(device_));
        const std::vector<float> pictures =
            Pictures(static_cast<size_t>(resolution.width) * static_cast<size_t>(resolution.height) * 3 *
                         static_cast<size_t>(batch),
                     3);
        SINEW_RETURN_IF_ERROR(device_->CopyToDevice(executor.device_input(), pictures.data(),
                                                    pictures.size() * sizeof(float), stream.get()));
        SINEW_RETURN_IF_ERROR(device_->Synchronize(stream.get()));
        SINEW_ASSIGN_OR_RETURN(const cuda::OwnedEvent begin, cuda::NewEventOn(device_, true));
        SINEW_ASSIGN_OR_RETURN(const cuda::OwnedEvent end, cuda::NewEventOn(device_, true));
        std::vector<double> times;
        // Ten in a row between two events: the launch of a graph hides behind the graph before.
        constexpr int kInARow = 10;
        for (int i = 0; i < flags_.repeats + 2; ++i) {
          SINEW_RETURN_IF_ERROR(device_->Record(begin.get(), stream.get()));
          for (int j = 0; j < kInARow; ++j) SINEW_RETURN_IF_ERROR(executor.Enqueue(stream.get()));
          SINEW_RETURN_IF_ERROR(device_->Record(end.get(), stream.get()));
          SINEW_RETURN_IF_ERROR(device_->Synchronize(stream.get()));
          SINEW_ASSIGN_OR_RETURN(const double milliseconds, device_->Milliseconds(begin.get(), end.get()));
          if (i >= 2) times.push_back(milliseconds / kInARow);
          if (i >= 8 && SecondsSince(start) - ready > 3) break;
        }
        std::sort(times.begin(), times.end());
        const double median = times[times.size() / 2];
        SINEW_ASSIGN_OR_RETURN(const std::vector<cuda::StepTime> steps, executor.Profile(7));
        double multiply_adds = 0, alone = 0;
        for (const cuda::StepTime& step : steps) {
          multiply_adds += step.multiply_adds;
          alone += step.milliseconds;
        }
        const double tflops = 2 * multiply_adds / median / 1e9;
        fmt::print(
            "{}: {:.4f} ms ({:.4f} to {:.4f}), {:.4f} ms a picture, {:.0f} TFLOP/s stored, steps alone {:.3f} ms, {} "
            "lanes, ready in {:.1f} s, {} MB + {} MB weights\n",
            name, median, times.front(), times.back(), median / batch, tflops, alone, executor.plan().lanes, ready,
            executor.memory_bytes() >> 20, weights->bytes() >> 20);
        std::fflush(stdout);
        nlohmann::json entry = {{"name", name},
                                {"ms", median},
                                {"min_ms", times.front()},
                                {"max_ms", times.back()},
                                {"batch", batch},
                                {"precision", precision_text},
                                {"tflops", tflops},
                                {"steps_alone_ms", alone},
                                {"lanes", executor.plan().lanes},
                                {"ready_s", ready}};
        for (const cuda::StepTime& step : steps) {
          entry["steps"].push_back({{"name", step.name},
                                    {"algorithm", step.algorithm},
                                    {"ms", step.milliseconds},
                                    {"gmac", step.multiply_adds / 1e9},
                                    {"lane", step.lane}});
        }
        json_["results"].push_back(std::move(entry));
      }
    }
  }
  for (const cuda::Tuner::Measurement& m : tuner_->measurements())
    json_["measurements"].push_back({m.key, m.algorithm, m.microseconds});
  return Status();
}

int Main(int argc, char** argv) {
  Flags flags;
  CLI::App app("Checks and times the CUDA backend on a GPU");
  app.require_subcommand(1);
  std::string chosen;
  for (const char* name : {"ops", "convs", "network", "bench"}) {
    CLI::App* command = app.add_subcommand(name);
    command->callback([&, name] { chosen = name; });
    command->add_option("--json", flags.json, "Where results go");
    command->add_option("--device", flags.device);
    command->add_option("--tuning", flags.tuning, "Tuning file");
    command->add_option("--lanes", flags.lanes);
    command->add_option("--only", flags.only, "Check only algorithms whose names begin so");
    command->add_option("--without", flags.without, "Leave out algorithms whose names begin so");
    command->add_flag("--quick", flags.quick, "Take the first algorithm and measure none");
    command->add_option("--max-candidates", flags.max_candidates);
    if (std::string_view(name) == "ops" || std::string_view(name) == "convs") continue;
    command->add_option("--model", flags.model)->required();
    command->add_option("--resolution", flags.resolutions);
    command->add_option("--batch", flags.batches);
    command->add_option("--precision", flags.precisions);
    command->add_option("--repeats", flags.repeats);
  }
  CLI11_PARSE(app, argc, argv);
  Check check(flags);
  if (Status status = check.Open(); !status.ok()) {
    fmt::print(stderr, "sinew-device-check: {}\n", status.message());
    return 2;
  }
  Status status;
  if (chosen == "ops") check.Ops();
  if (chosen == "convs") check.Convolutions();
  if (chosen == "network") status = check.Networks();
  if (chosen == "bench") status = check.Bench();
  const int code = check.Finish();
  if (!status.ok()) fmt::print(stderr, "sinew-device-check: {}\n", status.message());
  return status.ok() ? code : 1;
}

}  // namespace
}  // namespace sinew

int main(int argc, char** argv) { return sinew::Main(argc, argv); }
