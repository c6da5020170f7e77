// A Device that is the CPU, for tests: the kernels' element functions on host memory, fp32 alone.
//
// Streams are kept, not obeyed at once: what was enqueued runs at Synchronize, in a random order among all that the
// streams' own orders and the events allow. A step that does not wait for what it needs, or two buffers that share
// memory too early, give wrong results here sooner or later. Freed and fresh memory is NaN. Several threads may use it;
// one of them does the work of all.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "backends/cuda/device.h"

namespace sinew::cuda {

class HostDevice final : public Device {
 public:
  explicit HostDevice(uint64_t seed = 1);
  ~HostDevice() override;

  // Faults to inject: the allocation, launch or convolution with this number (counted from 0) fails; -1: none.
  int failing_allocation = -1;
  int lost_at_launch = -1;  // from that one on everything fails: the device is lost
  int lost_at_replay = -1;  // the same by the number of the graph's replay: of the network's run
  // What ConvCandidates gives; "refused" is one that MakeConv refuses, "slow" takes ten times as long as "direct".
  std::vector<std::string> candidates = {"direct"};

  int launches() const { return launches_; }
  int conv_made() const { return conv_made_; }
  size_t live_allocations() const { return allocations_.size(); }
  uint64_t live_streams() const { return streams_.size(); }
  uint64_t live_events() const { return events_.size(); }
  uint64_t live_graphs() const { return graphs_.size(); }

  const DeviceInfo& info() const override { return info_; }
  Result<void*> Allocate(size_t bytes) override;
  void Free(void* memory) override;
  Result<void*> AllocatePinned(size_t bytes) override { return Allocate(bytes); }
  void FreePinned(void* memory) override { Free(memory); }
  Result<Stream*> NewStream() override;
  void Delete(Stream* stream) override;
  Result<Event*> NewEvent(bool timed) override;
  void Delete(Event* event) override;
  Status Record(Event* event, Stream* stream) override;
  Status Wait(Stream* stream, Event* event) override;
  Result<double> Milliseconds(Event* from, Event* to) override;
  Status Synchronize(Stream* stream) override;
  Status CopyToDevice(void* to, const void* from, size_t bytes, Stream* stream) override;
  Status CopyToHost(void* to, const void* from, size_t bytes, Stream* stream) override;
  Status Fill(void* to, int byte, size_t bytes, Stream* stream) override;
  Status Launch(const KernelCall& call, Stream* stream) override;
  Status BeginCapture(Stream* stream) override;
  Result<Graph*> EndCapture(Stream* stream) override;
  Status Replay(Graph* graph, Stream* stream) override;
  void Delete(Graph* graph) override;
  Result<std::vector<std::string>> ConvCandidates(const ConvProblem& problem) override;
  Result<std::unique_ptr<ConvAlgorithm>> MakeConv(const ConvProblem& problem, const std::string& name) override;
  Result<std::unique_ptr<PoseWork>> NewPoseWork(const PoseWorkOptions& options) override;

  // For ConvAlgorithms: `work` takes `ticks` of the device's clock.
  Status Enqueue(Stream* stream, double ticks, std::function<void()> work);

 private:
  struct Node {
    std::vector<int> after;  // indices in the same list
    std::function<void()> work;
    double ticks = 0;
    double end = 0;  // on the clock, once it ran
  };
  using Nodes = std::vector<Node>;
  Status Run(Nodes nodes, std::vector<double>* ends);

  std::recursive_mutex mutex_;
  DeviceInfo info_;
  std::mt19937_64 random_;
  std::map<void*, size_t> allocations_;
  std::set<Stream*> streams_;
  std::set<Event*> events_;
  std::set<Graph*> graphs_;
  Nodes pending_, captured_;
  bool capturing_ = false;
  int made_allocations_ = 0, launches_ = 0, replays_ = 0;
  std::atomic<int> conv_made_{0};  // MakeConv is called from several threads
  bool lost_ = false;
  double clock_ = 0;
};

}  // namespace sinew::cuda
