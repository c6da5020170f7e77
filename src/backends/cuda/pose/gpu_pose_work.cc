// The work around a network on a GPU: its memory, uploads and launches.
#include <algorithm>
#include <cstring>
#include <utility>

#include "backends/cuda/cuda_status.h"
#include "backends/cuda/pose/decode_layout.h"
#include "backends/cuda/pose/pose_kernels.h"
#include "backends/cuda/pose/pose_work.h"
#include "backends/cuda/pose/work_checks.h"
#include "base/error.h"

namespace sinew::cuda {
namespace {

// Memory that only grows. Growing waits for the device, so that nothing in flight loses what it reads.
class Memory {
 public:
  Memory(Device* device, bool is_pinned) : device_(device), is_pinned_(is_pinned) {}
  Memory(const Memory&) = delete;
  ~Memory() { Release(); }

  Status Reserve(size_t bytes) {
    if (bytes <= bytes_) return Status();
    Release();
    Result<void*> data = is_pinned_ ? device_->AllocatePinned(bytes) : device_->Allocate(bytes);
    if (!data.ok()) return data.status();
    data_ = *data, bytes_ = bytes;
    return Status();
  }
  std::byte* data() const { return static_cast<std::byte*>(data_); }

 private:
  void Release() {
    if (data_ == nullptr) return;
    is_pinned_ ? device_->FreePinned(data_) : device_->Free(data_);
    data_ = nullptr, bytes_ = 0;
  }

  Device* device_;
  bool is_pinned_;
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

class GpuPoseWork : public PoseWork {
 public:
  GpuPoseWork(Device* device, DecodeLayout layout, const PoseWorkOptions& options)
      : device_(device), layout_(std::move(layout)), options_(options) {}

  Status Prepare() {
    SINEW_RETURN_IF_ERROR(Choose());
    SINEW_RETURN_IF_ERROR(tables_.Reserve(layout_.table_bytes().size()));
    SINEW_RETURN_IF_ERROR(buffers_.Reserve(layout_.buffer_bytes()));
    SINEW_RETURN_IF_ERROR(results_.Reserve(layout_.result_bytes()));
    SINEW_CUDA_RETURN_IF_ERROR(
        cudaMemcpy(tables_.data(), layout_.table_bytes().data(), layout_.table_bytes().size(), cudaMemcpyHostToDevice),
        "uploading the decoder's tables");
    return Status();
  }

  Status EnqueueResize(std::span<const ResizeJob> jobs, const View& input, Stream* stream, Event* uploaded) override;
  Status EnqueueDecode(std::span<const View> outputs, int pictures, Stream* stream) override;

  Detections detections(int picture) const override {
    return Detections(options_.plan, layout_.Results(results_.data()), picture);
  }

 private:
  // Launches go to the calling thread's current device, which another device's work may have left behind.
  Status Choose() const {
    SINEW_CUDA_RETURN_IF_ERROR(cudaSetDevice(device_->info().index), "choosing the GPU");
    return Status();
  }

  Device* device_;
  DecodeLayout layout_;
  PoseWorkOptions options_;
  Memory tables_{device_, false}, buffers_{device_, false}, results_{device_, true};
  Memory staging_{device_, true}, pictures_{device_, false};
};

Status GpuPoseWork::EnqueueResize(std::span<const ResizeJob> jobs, const View& input, Stream* stream, Event* uploaded) {
  SINEW_RETURN_IF_ERROR(CheckResize(jobs, input, options_.batch));
  SINEW_RETURN_IF_ERROR(Choose());
  size_t bytes = 0;
  for (const ResizeJob& job : jobs)
    bytes += static_cast<size_t>(job.picture.width) * 3 * static_cast<size_t>(job.picture.height);
  SINEW_RETURN_IF_ERROR(staging_.Reserve(bytes));
  SINEW_RETURN_IF_ERROR(pictures_.Reserve(bytes));
  size_t at = 0;
  for (size_t begin = 0; begin < jobs.size(); begin += kJobsPerLaunch) {
    const auto part = jobs.subspan(begin, std::min<size_t>(kJobsPerLaunch, jobs.size() - begin));
    ResizeJobs arguments{};
    const size_t part_begin = at;
    for (size_t i = 0; i < part.size(); ++i) {
      const PictureBytes& picture = part[i].picture;
      const size_t row = static_cast<size_t>(picture.width) * 3;
      arguments.jobs[i] = part[i];
      arguments.jobs[i].picture.data = reinterpret_cast<const uint8_t*>(pictures_.data() + at);
      arguments.jobs[i].picture.row_stride = row;
      if (picture.row_stride == row) {
        std::memcpy(staging_.data() + at, picture.data, row * static_cast<size_t>(picture.height));
        at += row * static_cast<size_t>(picture.height);
        continue;
      }
      for (int y = 0; y < picture.height; ++y, at += row) {
        std::memcpy(staging_.data() + at, picture.data + static_cast<size_t>(y) * picture.row_stride, row);
      }
    }
    SINEW_CUDA_RETURN_IF_ERROR(cudaMemcpyAsync(pictures_.data() + part_begin, staging_.data() + part_begin,
                                               at - part_begin, cudaMemcpyHostToDevice, AsCuda(stream)),
                               "uploading pictures");
    if (uploaded != nullptr) SINEW_RETURN_IF_ERROR(device_->Record(uploaded, stream));
    SINEW_CUDA_RETURN_IF_ERROR(LaunchResize(arguments, static_cast<int>(part.size()), options_.input_values, input,
                                            static_cast<int>(begin), AsCuda(stream)),
                               "resizing pictures");
  }
  return Status();
}

Status GpuPoseWork::EnqueueDecode(std::span<const View> outputs, int pictures, Stream* stream) {
  SINEW_ASSIGN_OR_RETURN(const MapParts maps, SelectParts(options_.plan, outputs, pictures, options_.batch));
  SINEW_RETURN_IF_ERROR(Choose());
  SINEW_CUDA_RETURN_IF_ERROR(LaunchDecode(layout_.Tables(tables_.data()), maps, layout_.Buffers(buffers_.data()),
                                          layout_.Results(results_.data()), pictures, AsCuda(stream)),
                             "decoding maps");
  return Status();
}

}  // namespace

Result<std::unique_ptr<PoseWork>> MakePoseWork(Device* device, const PoseWorkOptions& options) {
  SINEW_ASSIGN_OR_RETURN(DecodeLayout layout, DecodeLayout::Create(options.plan, options.batch));
  const int64_t planes = static_cast<int64_t>(options.plan.heat_channels.size()) * options.batch;
  if (planes < 1 || planes > kMaxPlanes) {
    return InvalidArgument("{} keypoints of {} pictures at once: a GPU decodes 1 to {}",
                           options.plan.heat_channels.size(), options.batch, kMaxPlanes);
  }
  auto work = std::make_unique<GpuPoseWork>(device, std::move(layout), options);
  SINEW_RETURN_IF_ERROR(work->Prepare());
  return std::unique_ptr<PoseWork>(std::move(work));
}

}  // namespace sinew::cuda
