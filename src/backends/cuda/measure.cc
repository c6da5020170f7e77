// Measures a convolution in a captured graph.
#include "backends/cuda/measure.h"

#include <algorithm>
#include <random>
#include <vector>

#include "backends/cuda/handles.h"
#include "base/error.h"

namespace sinew::cuda {
namespace {

// Runs in a row within one graph: enough to drown the graph's own launch, few enough for large problems.
constexpr int kRunsInARow = 8;
constexpr int kReplays = 3;
// A single run is timed with its launch, and alone where others would run beside it: generously beyond the best.
constexpr double kMaxCostRatio = 3, kLaunchMicroseconds = 50;
constexpr size_t kRandomBytes = size_t{1} << 20;

// Small values of both signs, of either storage type: random data costs a card more power, and so time, than zeros do.
// As fp16 or bf16 the upper half of a float of that type is what is stored.
std::vector<std::byte> RandomValues(DataType type) {
  std::mt19937 random(1);
  std::vector<std::byte> bytes(kRandomBytes);
  if (type == DataType::kFloat32) {
    std::uniform_real_distribution<float> value(-1, 1);
    float* floats = reinterpret_cast<float*>(bytes.data());
    std::generate_n(floats, kRandomBytes / 4, [&] { return value(random); });
  } else {
    // Sign, an exponent that makes it 2^-4 .. 2^-1, any mantissa.
    uint16_t* halves = reinterpret_cast<uint16_t*>(bytes.data());
    std::generate_n(halves, kRandomBytes / 2, [&] {
      const uint32_t bits = random();
      const uint32_t exponent = bits >> 16 & 3;
      return type == DataType::kFloat16 ? static_cast<uint16_t>((bits & 0x83ff) | (11 + exponent) << 10)
                                        : static_cast<uint16_t>((bits & 0x807f) | (123 + exponent) << 7);
    });
  }
  return bytes;
}

struct Copy {
  OwnedStream stream;
  OwnedEvent done;
  DeviceMemory out, workspace;
};

}  // namespace

Result<double> MeasureConv(const std::shared_ptr<Device>& device, const ConvProblem& problem,
                           const ConvAlgorithm& algorithm, int alike, double best) {
  const DataType type = StorageOf(problem.precision);
  const auto bytes = [&](int height, int width, int64_t stride) {
    return static_cast<size_t>(problem.batch) * static_cast<size_t>(height) * static_cast<size_t>(width) *
           static_cast<size_t>(stride) * SizeOf(type);
  };
  const size_t in_bytes = bytes(problem.in_h, problem.in_w, problem.in_pixel_stride);
  const size_t out_bytes = bytes(problem.out_h, problem.out_w, problem.out_pixel_stride);
  SINEW_ASSIGN_OR_RETURN(const DeviceMemory in, AllocateOn(device, in_bytes));
  SINEW_ASSIGN_OR_RETURN(const DeviceMemory weights, AllocateOn(device, algorithm.packed_bytes()));
  std::vector<Copy> copies(static_cast<size_t>(alike));
  for (Copy& copy : copies) {
    SINEW_ASSIGN_OR_RETURN(copy.stream, NewStreamOn(device));
    SINEW_ASSIGN_OR_RETURN(copy.done, NewEventOn(device));
    SINEW_ASSIGN_OR_RETURN(copy.out, AllocateOn(device, out_bytes));
    SINEW_ASSIGN_OR_RETURN(copy.workspace, AllocateOn(device, std::max<size_t>(algorithm.workspace_bytes(), 1)));
  }
  Stream* first = copies[0].stream.get();
  const std::vector<std::byte> random = RandomValues(type);
  const auto fill = [&](void* to, size_t size) {
    for (size_t at = 0; at < size; at += kRandomBytes) {
      SINEW_RETURN_IF_ERROR(device->CopyToDevice(static_cast<std::byte*>(to) + at, random.data(),
                                                 std::min(kRandomBytes, size - at), first));
    }
    return Status();
  };
  SINEW_RETURN_IF_ERROR(fill(in.get(), in_bytes));
  SINEW_RETURN_IF_ERROR(fill(weights.get(), algorithm.packed_bytes()));
  SINEW_RETURN_IF_ERROR(device->Synchronize(first));

  const auto run = [&](const Copy& copy) {
    return algorithm.Enqueue({in.get(), copy.out.get(), weights.get(), copy.workspace.get()}, copy.stream.get());
  };
  SINEW_RETURN_IF_ERROR(run(copies[0]));  // outside a capture first: loads the code
  SINEW_RETURN_IF_ERROR(device->Synchronize(first));
  SINEW_ASSIGN_OR_RETURN(const OwnedEvent begin, NewEventOn(device, true));
  SINEW_ASSIGN_OR_RETURN(const OwnedEvent end, NewEventOn(device, true));
  const auto time = [&](const auto& enqueue) -> Result<double> {
    SINEW_RETURN_IF_ERROR(device->Record(begin.get(), first));
    SINEW_RETURN_IF_ERROR(enqueue());
    SINEW_RETURN_IF_ERROR(device->Record(end.get(), first));
    SINEW_RETURN_IF_ERROR(device->Synchronize(first));
    SINEW_ASSIGN_OR_RETURN(const double milliseconds, device->Milliseconds(begin.get(), end.get()));
    return milliseconds * 1e3;
  };
  if (best > 0) {
    SINEW_ASSIGN_OR_RETURN(const double once, time([&] { return run(copies[0]); }));
    if (once > kMaxCostRatio * best * alike + kLaunchMicroseconds) return once;
  }
  SINEW_ASSIGN_OR_RETURN(const OwnedEvent fork, NewEventOn(device));
  SINEW_ASSIGN_OR_RETURN(const OwnedGraph graph, Capture(device, first, [&]() -> Status {
                           SINEW_RETURN_IF_ERROR(device->Record(fork.get(), first));
                           for (Copy& copy : copies) {
                             if (copy.stream.get() != first)
                               SINEW_RETURN_IF_ERROR(device->Wait(copy.stream.get(), fork.get()));
                             for (int i = 0; i < kRunsInARow; ++i) SINEW_RETURN_IF_ERROR(run(copy));
                             if (copy.stream.get() == first) continue;
                             SINEW_RETURN_IF_ERROR(device->Record(copy.done.get(), copy.stream.get()));
                             SINEW_RETURN_IF_ERROR(device->Wait(first, copy.done.get()));
                           }
                           return Status();
                         }));
  double least = 0;
  for (int i = 0; i <= kReplays; ++i) {  // the first is for warming up
    SINEW_ASSIGN_OR_RETURN(const double microseconds, time([&] { return device->Replay(graph.get(), first); }));
    if (i == 1 || (i > 1 && microseconds < least)) least = microseconds;
  }
  return least / (kRunsInARow * alike);
}

}  // namespace sinew::cuda
