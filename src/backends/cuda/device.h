// What the host side of the CUDA backend asks of a GPU. libsinew_cuda.so implements it; tests put a fake in its place.
//
// Pointers into the device's memory are plain void*; only the device reads through them. Streams, events and captured
// graphs are opaque. A Device and everything made from it may be used from several threads, a Stream by one at a time.
// Every Status says what to do: see errors in cuda_device.cu. After kUnavailable ("the device was lost ...") nothing
// that was made from the device works any more; the process may go on without it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "sinew/status.h"

namespace sinew::cuda {

struct Stream;
struct Event;
struct Graph;

enum class DataType : uint8_t { kFloat32, kFloat16, kBFloat16 };
constexpr size_t SizeOf(DataType type) { return type == DataType::kFloat32 ? 4 : 2; }

// How a network is computed: sums are in fp32 always. tf32 stores fp32 and multiplies with 10 bits of mantissa.
enum class Precision : uint8_t { kFp32, kTf32, kFp16, kBf16 };
const char* PrecisionName(Precision precision);
DataType StorageOf(Precision precision);

enum class Activation : uint8_t { kNone, kRelu, kRelu6 };

struct Window {
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  int pad_top = 0, pad_left = 0;
  bool operator==(const Window&) const = default;
};

// Pictures on the device: element (n, y, x, c) at data[((n * height + y) * width + x) * pixel_stride + c].
struct View {
  void* data = nullptr;
  DataType type = DataType::kFloat32;
  int batch = 1, height = 0, width = 0, channels = 0;
  int64_t pixel_stride = 0;

  int64_t pixels() const { return static_cast<int64_t>(batch) * height * width; }
};

// Calls of the backend's own kernels. Per-channel parameters are fp32 on the device, one for each channel of the
// output.

// out = act(bias[c] + sum_rs in[...] * kernel[rs][c]); `kernel` is [R*S][C].
struct DepthwiseCall {
  View in, out;
  Window window;
  Activation activation = Activation::kNone;
  const float* kernel = nullptr;
  const float* bias = nullptr;
};
// The maximum of a window; positions outside the picture do not count.
struct PoolCall {
  View in, out;
  Window window;
};
// TensorFlow's ResizeBilinear.
struct ResizeCall {
  View in, out;
  bool align_corners = false, half_pixel_centers = false;
};
// out = act(gamma[c] * (in - mean[n,c]) / sqrt(variance[n,c] + epsilon) + beta[c]) with each picture's own statistics.
// `sums` is scratch: MomentScratchFloats floats, of any content.
struct NormalizeCall {
  View in, out;
  float epsilon = 0;
  Activation activation = Activation::kNone;
  const float* gamma = nullptr;
  const float* beta = nullptr;
  float* sums = nullptr;
};
struct AddCall {
  View a, b, out;
  Activation activation = Activation::kNone;
};
// out = act(in * scale[c] + shift[c]); a null scale is 1.
struct ScaleShiftCall {
  View in, out;
  Activation activation = Activation::kNone;
  const float* scale = nullptr;
  const float* shift = nullptr;
};
// out[y, x, c] = in[y - pad_top, x - pad_left, source[c]] converted to out's type, 0 outside the input and where
// source[c] is negative. `source` has one entry for each channel of the output; null is 0, 1, 2, ...
struct CopyCall {
  View in, out;
  int pad_top = 0, pad_left = 0;
  const int32_t* source = nullptr;
};

using KernelCall = std::variant<DepthwiseCall, PoolCall, ResizeCall, NormalizeCall, AddCall, ScaleShiftCall, CopyCall>;

// Partial sums of a NormalizeCall: two for each picture, channel and block of the first pass.
constexpr int kMomentBlocks = 64;
constexpr size_t MomentScratchFloats(int batch, int channels) {
  return 2 * static_cast<size_t>(batch) * static_cast<size_t>(channels) * (kMomentBlocks + 1);
}

// A convolution with bias and activation. Channels are those in memory: multiples of kChannelMultiple, padding
// included.
constexpr int kChannelMultiple = 8;
struct ConvProblem {
  Precision precision = Precision::kFp32;
  int batch = 1;
  int in_h = 0, in_w = 0, in_c = 0;
  int out_h = 0, out_w = 0, out_k = 0;
  Window window;
  Activation activation = Activation::kNone;
  int64_t in_pixel_stride = 0, out_pixel_stride = 0;
  bool operator==(const ConvProblem&) const = default;

  double multiply_adds() const;
  // One line without spaces that tells problems apart, for the tuning file: "fp16/n1/82x46x128/...".
  std::string Key() const;
};

struct ConvArgs {
  const void* in = nullptr;
  void* out = nullptr;
  const void* weights = nullptr;  // as PackWeights left them
  void* workspace = nullptr;      // workspace_bytes(), 256-byte aligned
};

// One way to solve one problem. Immutable: any number of streams may use it at once, each with a workspace of its own.
class ConvAlgorithm {
 public:
  virtual ~ConvAlgorithm() = default;
  virtual size_t workspace_bytes() const = 0;
  // Names the layout of the packed weights: algorithms of equal names share them.
  virtual std::string packing() const = 0;
  virtual size_t packed_bytes() const = 0;
  // `kernel` is [K][R][S][C], `bias` [K], both with the problem's channels. `packed` is all zeros before.
  virtual void PackWeights(const float* kernel, const float* bias, void* packed) const = 0;
  virtual Status Enqueue(const ConvArgs& args, Stream* stream) const = 0;
};

struct DeviceInfo {
  int index = 0;
  std::string name;
  int compute_major = 0, compute_minor = 0;
  int multiprocessors = 0;
  uint64_t memory_bytes = 0;
  uint64_t free_bytes = 0;  // when it was asked
  int driver_version = 0;   // 13000: CUDA 13.0
  int cudnn_version = 0;    // 91900: cuDNN 9.19.0
};

struct PoseWorkOptions;  // pose/pose_work.h
class PoseWork;

class Device {
 public:
  virtual ~Device() = default;
  virtual const DeviceInfo& info() const = 0;

  // Errors: kTooLarge when memory does not suffice; the message says how much is free.
  virtual Result<void*> Allocate(size_t bytes) = 0;
  virtual void Free(void* memory) = 0;
  // Host memory that copies reach at full speed.
  virtual Result<void*> AllocatePinned(size_t bytes) = 0;
  virtual void FreePinned(void* memory) = 0;

  virtual Result<Stream*> NewStream() = 0;
  virtual void Delete(Stream* stream) = 0;
  virtual Result<Event*> NewEvent(bool timed) = 0;
  virtual void Delete(Event* event) = 0;
  virtual Status Record(Event* event, Stream* stream) = 0;
  virtual Status Wait(Stream* stream, Event* event) = 0;
  // Between two timed events that have passed.
  virtual Result<double> Milliseconds(Event* from, Event* to) = 0;
  virtual Status Synchronize(Stream* stream) = 0;

  virtual Status CopyToDevice(void* to, const void* from, size_t bytes, Stream* stream) = 0;
  virtual Status CopyToHost(void* to, const void* from, size_t bytes, Stream* stream) = 0;
  virtual Status Fill(void* to, int byte, size_t bytes, Stream* stream) = 0;

  virtual Status Launch(const KernelCall& call, Stream* stream) = 0;

  // What is enqueued between the two becomes a graph instead of being run; other streams join by waiting for events.
  virtual Status BeginCapture(Stream* stream) = 0;
  virtual Result<Graph*> EndCapture(Stream* stream) = 0;
  virtual Status Replay(Graph* graph, Stream* stream) = 0;
  virtual void Delete(Graph* graph) = 0;

  // Names of algorithms that may solve the problem, likely fast ones first. A name means the same in every process with
  // the same card and libraries.
  virtual Result<std::vector<std::string>> ConvCandidates(const ConvProblem& problem) = 0;
  // kUnsupported when that algorithm does not solve that problem here. Slow (it may compile code); thread-safe.
  virtual Result<std::unique_ptr<ConvAlgorithm>> MakeConv(const ConvProblem& problem, const std::string& name) = 0;

  // The pose kernels' buffers and state for one stream.
  virtual Result<std::unique_ptr<PoseWork>> NewPoseWork(const PoseWorkOptions& options) = 0;
};

}  // namespace sinew::cuda
