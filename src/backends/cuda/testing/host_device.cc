// A Device that is the CPU.
#include "backends/cuda/testing/host_device.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "backends/cuda/kernels/elements.h"
#include "backends/cuda/pose/pose_work.h"
#include "base/error.h"

namespace sinew::cuda {

// Where a stream or event stands in the list of pending work, and in the list of captured work.
struct Stream {
  int last = -1;           // pending
  int captured_last = -1;  // captured
  bool capturing = false;
  std::vector<int> waits, captured_waits;
};
struct Event {
  int node = -1;
  bool captured = false;  // `node` is of the capture
  double time = 0;
};
struct Graph {
  std::vector<std::function<void()>> work;
  std::vector<std::vector<int>> after;
  std::vector<double> ticks;
};

namespace {

constexpr double kTicksForMillisecond = 1e6;

template <class Call, void (*Element)(const Call&, int64_t)>
void ForEachGroup(const Call& call) {
  for (int64_t i = 0; i < call.out.pixels() * (call.out.channels / kGroup); ++i) Element(call, i);
}

struct Runner {
  void operator()(const DepthwiseCall& call) const { ForEachGroup<DepthwiseCall, DepthwiseElement<float>>(call); }
  void operator()(const PoolCall& call) const { ForEachGroup<PoolCall, PoolElement<float>>(call); }
  void operator()(const ResizeCall& call) const { ForEachGroup<ResizeCall, ResizeElement<float>>(call); }
  void operator()(const AddCall& call) const { ForEachGroup<AddCall, AddElement<float>>(call); }
  void operator()(const ScaleShiftCall& call) const { ForEachGroup<ScaleShiftCall, ScaleShiftElement<float>>(call); }
  void operator()(const CopyCall& call) const {
    const bool groups = call.source == nullptr && call.in.channels % kGroup == 0 && call.out.channels % kGroup == 0 &&
                        call.in.pixel_stride % kGroup == 0 && call.out.pixel_stride % kGroup == 0;
    if (groups) return ForEachGroup<CopyCall, CopyGroupElement<float>>(call);
    if (call.out.channels % kGroup == 0 && call.out.pixel_stride % kGroup == 0)
      return ForEachGroup<CopyCall, CopyGatherElement<float, float>>(call);
    for (int64_t i = 0; i < call.out.pixels() * call.out.channels; ++i) CopyElement<float, float>(call, i);
  }
  void operator()(const NormalizeCall& call) const {
    const int pixels = call.in.height * call.in.width, channels = call.in.channels;
    for (int n = 0; n < call.in.batch; ++n) {
      for (int block = 0; block < kMomentBlocks; ++block) {
        int first, last;
        MomentRange(pixels, block, &first, &last);
        if (first == last) continue;
        for (int c = 0; c < channels; c += kGroup) {
          const int64_t picture = static_cast<int64_t>(n) * pixels;
          const Moments m = AccumulateMoments<float>(call.in, picture + first, picture + last, 1, picture + first, c);
          for (int i = 0; i < kGroup; ++i) {
            const float count = static_cast<float>(last - first);
            call.sums[MomentIndex(n, block, 0, channels, c + i)] = m.origin.v[i] + m.sum.v[i] / count;
            call.sums[MomentIndex(n, block, 1, channels, c + i)] = m.squares.v[i] - m.sum.v[i] * m.sum.v[i] / count;
          }
        }
      }
      for (int c = 0; c < channels; ++c) NormalizeFactors(call, n, c);
    }
    ForEachGroup<NormalizeCall, NormalizeElement<float>>(call);
  }
};

class HostConv final : public ConvAlgorithm {
 public:
  HostConv(HostDevice* device, const ConvProblem& problem, double slowness)
      : device_(device), p_(problem), slowness_(slowness) {}
  size_t workspace_bytes() const override { return 64; }
  std::string packing() const override { return "host"; }
  size_t packed_bytes() const override { return (KernelFloats() + K()) * sizeof(float); }
  void PackWeights(const float* kernel, const float* bias, void* packed) const override {
    std::copy_n(kernel, KernelFloats(), static_cast<float*>(packed));
    std::copy_n(bias, K(), static_cast<float*>(packed) + KernelFloats());
  }
  Status Enqueue(const ConvArgs& args, Stream* stream) const override {
    const ConvProblem p = p_;
    const size_t kernel_floats = KernelFloats();
    return device_->Enqueue(stream, slowness_ * p.multiply_adds(),
                            [p, args, kernel_floats] { Convolve(p, args, kernel_floats); });
  }

 private:
  size_t K() const { return static_cast<size_t>(p_.out_k); }
  size_t KernelFloats() const {
    return K() * static_cast<size_t>(p_.window.kernel_h) * static_cast<size_t>(p_.window.kernel_w) *
           static_cast<size_t>(p_.in_c);
  }

  static void Convolve(const ConvProblem& p, const ConvArgs& args, size_t kernel_floats) {
    const float* kernel = static_cast<const float*>(args.weights);
    const float* bias = kernel + kernel_floats;
    static_cast<float*>(args.workspace)[0] = 1;
    const View in = {const_cast<void*>(args.in), DataType::kFloat32, p.batch, p.in_h, p.in_w, p.in_c,
                     p.in_pixel_stride};
    const View out = {args.out, DataType::kFloat32, p.batch, p.out_h, p.out_w, p.out_k, p.out_pixel_stride};
    const Window& w = p.window;
    for (int n = 0; n < p.batch; ++n) {
      for (int oy = 0; oy < p.out_h; ++oy) {
        for (int ox = 0; ox < p.out_w; ++ox) {
          for (int k = 0; k < p.out_k; ++k) {
            double sum = bias[k];
            for (int r = 0; r < w.kernel_h; ++r) {
              for (int s = 0; s < w.kernel_w; ++s) {
                const int y = oy * w.stride_h - w.pad_top + r * w.dilation_h,
                          x = ox * w.stride_w - w.pad_left + s * w.dilation_w;
                if (y < 0 || x < 0 || y >= p.in_h || x >= p.in_w) continue;
                const float* from = At<float>(in, PixelOf(in, n, y, x), 0);
                const float* tap = kernel + ((static_cast<int64_t>(k) * w.kernel_h + r) * w.kernel_w + s) * p.in_c;
                for (int c = 0; c < p.in_c; ++c) sum += static_cast<double>(from[c]) * static_cast<double>(tap[c]);
              }
            }
            *At<float>(out, PixelOf(out, n, oy, ox), k) = Activate(static_cast<float>(sum), p.activation);
          }
        }
      }
    }
  }

  HostDevice* device_;
  ConvProblem p_;
  double slowness_;
};

void Poison(void* memory, size_t bytes) { std::memset(memory, 0xff, bytes); }  // NaN, as fp32 and as fp16

}  // namespace

HostDevice::HostDevice(uint64_t seed) : random_(seed) {
  info_.name = "Host device";
  info_.cudnn_version = 91900;
  info_.compute_major = 9;
  info_.multiprocessors = 4;
  info_.memory_bytes = info_.free_bytes = uint64_t{1} << 30;
}
HostDevice::~HostDevice() {
  for (const auto& [memory, bytes] : allocations_) std::free(memory);
  for (Stream* stream : streams_) delete stream;
  for (Event* event : events_) delete event;
  for (Graph* graph : graphs_) delete graph;
}

Result<void*> HostDevice::Allocate(size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (lost_) return Unavailable("the GPU was lost");
  if (made_allocations_++ == failing_allocation)
    return TooLarge("the GPU's memory does not suffice while allocating {} bytes", bytes);
  void* memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  Poison(memory, bytes);
  allocations_[memory] = bytes;
  return memory;
}
void HostDevice::Free(void* memory) {
  const std::lock_guard lock(mutex_);
  Poison(memory, allocations_.at(memory));
  allocations_.erase(memory);
  std::free(memory);
}
Result<Stream*> HostDevice::NewStream() {
  const std::lock_guard lock(mutex_);
  return *streams_.insert(new Stream).first;
}
void HostDevice::Delete(Stream* stream) {
  const std::lock_guard lock(mutex_);
  streams_.erase(stream);
  delete stream;
}
Result<Event*> HostDevice::NewEvent(bool) {
  const std::lock_guard lock(mutex_);
  return *events_.insert(new Event).first;
}
void HostDevice::Delete(Event* event) {
  const std::lock_guard lock(mutex_);
  events_.erase(event);
  delete event;
}

Status HostDevice::Enqueue(Stream* stream, double ticks, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (lost_) return Unavailable("the GPU was lost");
  Nodes& nodes = stream->capturing ? captured_ : pending_;
  int& last = stream->capturing ? stream->captured_last : stream->last;
  std::vector<int>& waits = stream->capturing ? stream->captured_waits : stream->waits;
  Node node{.after = std::move(waits), .work = std::move(work), .ticks = ticks};
  waits.clear();
  if (last >= 0) node.after.push_back(last);
  nodes.push_back(std::move(node));
  last = static_cast<int>(nodes.size()) - 1;
  return Status();
}

Status HostDevice::Record(Event* event, Stream* stream) {
  const std::lock_guard lock(mutex_);
  SINEW_RETURN_IF_ERROR(Enqueue(stream, 0, [] {}));
  event->captured = stream->capturing;
  event->node = stream->capturing ? stream->captured_last : stream->last;
  return Status();
}
Status HostDevice::Wait(Stream* stream, Event* event) {
  const std::lock_guard lock(mutex_);
  if (event->node < 0) return Status();
  if (event->captured) {
    stream->capturing = true;  // joins the capture
    stream->captured_waits.push_back(event->node);
  } else {
    stream->waits.push_back(event->node);
  }
  return Status();
}
Result<double> HostDevice::Milliseconds(Event* from, Event* to) {
  const std::lock_guard lock(mutex_);
  return std::max((to->time - from->time) / kTicksForMillisecond, 1e-6);
}

// In a random order among those whose predecessors have run.
Status HostDevice::Run(Nodes nodes, std::vector<double>* ends) {
  std::vector<int> waiting(nodes.size());
  std::vector<std::vector<int>> next(nodes.size());
  std::vector<int> ready;
  for (size_t i = 0; i < nodes.size(); ++i) {
    waiting[i] = static_cast<int>(nodes[i].after.size());
    for (const int before : nodes[i].after) next[static_cast<size_t>(before)].push_back(static_cast<int>(i));
    if (waiting[i] == 0) ready.push_back(static_cast<int>(i));
  }
  while (!ready.empty()) {
    std::swap(ready[random_() % ready.size()], ready.back());
    const size_t i = static_cast<size_t>(ready.back());
    ready.pop_back();
    nodes[i].work();
    clock_ += nodes[i].ticks;
    nodes[i].end = clock_;
    for (const int after : next[i]) {
      if (--waiting[static_cast<size_t>(after)] == 0) ready.push_back(after);
    }
  }
  ends->clear();
  for (const Node& node : nodes) ends->push_back(node.end);
  return Status();
}

Status HostDevice::Synchronize(Stream*) {
  const std::lock_guard lock(mutex_);
  if (lost_) return Unavailable("the GPU was lost while running the network: start the program again");
  std::vector<double> ends;
  SINEW_RETURN_IF_ERROR(Run(std::exchange(pending_, {}), &ends));
  for (Stream* stream : streams_) {
    stream->last = -1;
    stream->waits.clear();
  }
  for (Event* event : events_) {
    if (event->captured || event->node < 0) continue;
    event->time = ends[static_cast<size_t>(event->node)];
    event->node = -1;
  }
  return Status();
}

Status HostDevice::CopyToDevice(void* to, const void* from, size_t bytes, Stream* stream) {
  return Enqueue(stream, static_cast<double>(bytes), [=] { std::memcpy(to, from, bytes); });
}
Status HostDevice::CopyToHost(void* to, const void* from, size_t bytes, Stream* stream) {
  return CopyToDevice(to, from, bytes, stream);
}
Status HostDevice::Fill(void* to, int byte, size_t bytes, Stream* stream) {
  return Enqueue(stream, static_cast<double>(bytes), [=] { std::memset(to, byte, bytes); });
}

Status HostDevice::Launch(const KernelCall& call, Stream* stream) {
  const std::lock_guard lock(mutex_);
  if (launches_++ == lost_at_launch) lost_ = true;
  if (lost_) return Unavailable("the GPU was lost while starting a kernel: start the program again");
  return Enqueue(stream, 1e3, [call] { std::visit(Runner{}, call); });
}

// Other threads wait until the capture ends.
Status HostDevice::BeginCapture(Stream* stream) {
  mutex_.lock();
  if (capturing_) {
    mutex_.unlock();
    return Internal("a capture within a capture");
  }
  capturing_ = true;
  captured_.clear();
  stream->capturing = true;
  return Status();
}
Result<Graph*> HostDevice::EndCapture(Stream* stream) {
  const std::lock_guard lock(mutex_, std::adopt_lock);
  capturing_ = false;
  // All that was captured must have joined the stream that began it.
  std::vector<bool> joined(captured_.size(), false);
  std::vector<int> open = stream->captured_waits;
  if (stream->captured_last >= 0) open.push_back(stream->captured_last);
  while (!open.empty()) {
    const size_t i = static_cast<size_t>(open.back());
    open.pop_back();
    if (joined[i]) continue;
    joined[i] = true;
    open.insert(open.end(), captured_[i].after.begin(), captured_[i].after.end());
  }
  for (Stream* each : streams_) {
    each->capturing = false;
    each->captured_last = -1;
    each->captured_waits.clear();
  }
  if (std::find(joined.begin(), joined.end(), false) != joined.end())
    return Internal("a stream of the capture was not joined");
  Graph* graph = new Graph;
  for (Node& node : captured_) {
    graph->work.push_back(std::move(node.work));
    graph->after.push_back(std::move(node.after));
    graph->ticks.push_back(node.ticks);
  }
  captured_.clear();
  graphs_.insert(graph);
  return graph;
}
Status HostDevice::Replay(Graph* graph, Stream* stream) {
  const std::lock_guard lock(mutex_);
  if (replays_++ == lost_at_replay) lost_ = true;
  SINEW_RETURN_IF_ERROR(Enqueue(stream, 0, [] {}));
  const int base = static_cast<int>(pending_.size()), before = stream->last;
  std::vector<int> all;
  for (size_t i = 0; i < graph->work.size(); ++i) {
    Node node{.work = graph->work[i], .ticks = graph->ticks[i]};
    for (const int after : graph->after[i]) node.after.push_back(base + after);
    node.after.push_back(before);
    pending_.push_back(std::move(node));
    all.push_back(base + static_cast<int>(i));
  }
  pending_.push_back({.after = std::move(all), .work = [] {}});
  stream->last = static_cast<int>(pending_.size()) - 1;
  return Status();
}
void HostDevice::Delete(Graph* graph) {
  const std::lock_guard lock(mutex_);
  graphs_.erase(graph);
  delete graph;
}

Result<std::vector<std::string>> HostDevice::ConvCandidates(const ConvProblem&) { return candidates; }
Result<std::unique_ptr<ConvAlgorithm>> HostDevice::MakeConv(const ConvProblem& problem, const std::string& name) {
  ++conv_made_;
  if (name != "direct" && name != "slow") return Unsupported("no convolution algorithm is called \"{}\"", name);
  if (problem.precision != Precision::kFp32) return Unsupported("the host device computes in fp32 alone");
  return std::unique_ptr<ConvAlgorithm>(std::make_unique<HostConv>(this, problem, name == "slow" ? 10.0 : 1.0));
}

Result<std::unique_ptr<PoseWork>> HostDevice::NewPoseWork(const PoseWorkOptions& options) {
  return MakeHostPoseWork(
      options, [this](Stream* stream, std::function<void()> work) { return Enqueue(stream, 1.0, std::move(work)); });
}

}  // namespace sinew::cuda
