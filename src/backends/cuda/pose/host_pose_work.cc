// The kernels of pose_work.h run by the processor, block by block.
#include <cstring>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "backends/cuda/pose/decode-inl.h"
#include "backends/cuda/pose/decode_layout.h"
#include "backends/cuda/pose/pose_work.h"
#include "backends/cuda/pose/work_checks.h"
#include "base/error.h"

namespace sinew::cuda {
namespace {

class HostPoseWork : public PoseWork {
 public:
  HostPoseWork(DecodeLayout layout, const PoseWorkOptions& options, HostQueue queue)
      : layout_(std::move(layout)),
        options_(options),
        queue_(std::move(queue)),
        buffers_(layout_.buffer_bytes()),
        results_(layout_.result_bytes()) {}

  Status EnqueueResize(std::span<const ResizeJob> jobs, const View& input, Stream* stream, Event*) override {
    SINEW_RETURN_IF_ERROR(CheckResize(jobs, input, options_.batch));
    staged_.clear();
    jobs_.assign(jobs.begin(), jobs.end());
    for (ResizeJob& job : jobs_) {
      PictureBytes& picture = job.picture;
      std::vector<uint8_t>& bytes = staged_.emplace_back();
      for (int y = 0; y < picture.height; ++y) {
        const uint8_t* const row = picture.data + static_cast<size_t>(y) * picture.row_stride;
        bytes.insert(bytes.end(), row, row + static_cast<ptrdiff_t>(picture.width) * 3);
      }
      picture.data = bytes.data();
      picture.row_stride = static_cast<size_t>(picture.width) * 3;
    }
    return queue_(stream, [this, input] { Resize(input); });
  }

  Status EnqueueDecode(std::span<const View> outputs, int pictures, Stream* stream) override {
    SINEW_ASSIGN_OR_RETURN(const MapParts maps, SelectParts(options_.plan, outputs, pictures, options_.batch));
    return queue_(stream, [this, maps, pictures] { Decode(maps, pictures); });
  }

  Detections detections(int picture) const override {
    // The memory is not written through this view.
    return Detections(options_.plan, layout_.Results(const_cast<std::byte*>(results_.data())), picture);
  }

 private:
  void Resize(const View& input) {
    for (size_t n = 0; n < jobs_.size(); ++n) {
      for (int y = 0; y < input.height; ++y) {
        for (int x = 0; x < input.width; ++x)
          ResizePixel(jobs_[n], options_.input_values, input, static_cast<int>(n), x, y);
      }
    }
  }

  void Decode(const MapParts& maps, int pictures) {
    const DecodeTables t = layout_.Tables(layout_.table_bytes().data());
    // Nothing may rest on what was there before.
    std::memset(buffers_.data(), 0xa5, buffers_.size());
    std::memset(results_.data(), 0xa5, results_.size());
    const DecodeBuffers buffers = layout_.Buffers(buffers_.data());
    const DecodeResults results = layout_.Results(results_.data());
    const auto tile_memory = std::make_unique<TileMemory>();
    const auto list_memory = std::make_unique<ListMemory>();
    const auto pair_memory = std::make_unique<PairMemory>();
    for (int n = 0; n < pictures; ++n) {
      buffers.not_finite[n] = kAllFinite;
      for (int i = 0; i < ValueCount(t, maps); ++i) SplitValue(maps, n, i, t, buffers);
      for (int k = 0; k < t.keypoints; ++k) {
        for (int y = 0; y * kTileHeight < t.y.positions; ++y) {
          for (int x = 0; x * kTileWidth < t.x.positions; ++x) {
            FindInTile(PhasedBlock(kTileThreads), t, buffers, n, k, x, y, tile_memory.get());
          }
        }
        ListPeaks(PhasedBlock(kListThreads), t, maps, buffers, results, n, k, list_memory.get());
      }
      for (int l = 0; l < t.limb_count; ++l) {
        ScorePairs(PhasedBlock(kPairThreads), t, maps.views[maps.fields], buffers, results, n, l, pair_memory.get());
      }
    }
  }

  DecodeLayout layout_;
  PoseWorkOptions options_;
  HostQueue queue_;
  std::vector<std::byte> buffers_, results_;
  std::vector<ResizeJob> jobs_;
  std::deque<std::vector<uint8_t>> staged_;
};

}  // namespace

Status RunAtOnce(Stream*, const std::function<void()>& work) {
  work();
  return Status();
}

Result<std::unique_ptr<PoseWork>> MakeHostPoseWork(const PoseWorkOptions& options, HostQueue queue) {
  SINEW_ASSIGN_OR_RETURN(DecodeLayout layout, DecodeLayout::Create(options.plan, options.batch));
  return std::unique_ptr<PoseWork>(std::make_unique<HostPoseWork>(std::move(layout), options, std::move(queue)));
}

}  // namespace sinew::cuda
