// Streams that each run resize, network and decoding, and the assembly of what they found.
#include "pose/device_pipeline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "base/stopwatch.h"
#include "pose/content.h"
#include "pose/device_decode.h"

namespace sinew::pose {

namespace {

size_t ValuesOf(const cuda::Shape& shape) {
  return static_cast<size_t>(shape.height) * static_cast<size_t>(shape.width) * static_cast<size_t>(shape.channels);
}

Status CheckOutputs(const cuda::Network& network, const Heads& heads) {
  const cuda::Shape input = network.values[0];
  for (const ChannelRange& range : UsedChannels(heads)) {
    const size_t index = static_cast<size_t>(range.output);
    if (index >= network.outputs.size()) {
      return Unsupported("{} outputs, the model's description needs more: is this its network?",
                         network.outputs.size());
    }
    const cuda::Shape maps = network.values[static_cast<size_t>(network.outputs[index].value)];
    const int width = heads.CellCount(input.width), height = heads.CellCount(input.height),
              end = range.first + range.count;
    if (maps.width != width || maps.height != height || maps.channels < end) {
      return Unsupported(
          "the model's maps are {}x{}x{} for an input of {}x{}: its description needs {}x{} cells and {} channels",
          maps.width, maps.height, maps.channels, input.width, input.height, width, height, end);
    }
  }
  return Status();
}

}  // namespace

// What one stream works on.
struct DevicePipeline::Lane {
  cuda::OwnedStream stream;
  std::unique_ptr<cuda::Executor> executor;
  std::unique_ptr<cuda::PoseWork> work;
  // Begun, uploaded, resized, network done, decoded.
  std::array<cuda::OwnedEvent, 5> marks;
  std::vector<MapGeometry> geometries;  // of the pictures in flight
  double staging = 0;

  cuda::Event* mark(int index) const { return marks[static_cast<size_t>(index)].get(); }
};

DevicePipeline::DevicePipeline(std::shared_ptr<cuda::Device> device, const DevicePipelineOptions& options)
    : device_(std::move(device)), options_(options), decoder_(options.description) {}

// What is in flight still writes to the lanes' memory.
DevicePipeline::~DevicePipeline() {
  for (Lane* lane : in_flight_) (void)device_->Synchronize(lane->stream.get());
}

const cuda::Executor& DevicePipeline::executor() const { return *lanes_.front()->executor; }

Result<std::unique_ptr<DevicePipeline>> DevicePipeline::Create(std::shared_ptr<cuda::Device> device,
                                                               std::shared_ptr<const cuda::Network> network,
                                                               std::shared_ptr<cuda::Weights> weights,
                                                               cuda::Tuner* tuner,
                                                               const DevicePipelineOptions& options) {
  if (options.streams < 1 || options.streams > 64)
    return InvalidArgument("{} streams: must be 1 to 64", options.streams);
  SINEW_RETURN_IF_ERROR(options.description.Validate());
  SINEW_RETURN_IF_ERROR(CheckOutputs(*network, options.description.heads));
  const cuda::Shape input = network->values[0];
  const Heads& heads = options.description.heads;
  std::unique_ptr<DevicePipeline> pipeline(new DevicePipeline(std::move(device), options));
  pipeline->maps_ = {heads.CellCount(input.width), heads.CellCount(input.height)};
  pipeline->geometry_ = {.network_width = input.width, .network_height = input.height};
  SINEW_ASSIGN_OR_RETURN(const cuda::DecodePlan plan,
                         MakeDecodePlan(pipeline->maps_, options.description, pipeline->geometry_, options.decode));
  for (int i = 0; i < options.streams; ++i) SINEW_RETURN_IF_ERROR(pipeline->AddLane(network, weights, tuner, plan));
  SINEW_RETURN_IF_ERROR(pipeline->UploadStandIn());
  return pipeline;
}

Status DevicePipeline::AddLane(const std::shared_ptr<const cuda::Network>& network,
                               const std::shared_ptr<cuda::Weights>& weights, cuda::Tuner* tuner,
                               const cuda::DecodePlan& plan) {
  auto lane = std::make_unique<Lane>();
  SINEW_ASSIGN_OR_RETURN(lane->stream, cuda::NewStreamOn(device_));
  SINEW_ASSIGN_OR_RETURN(lane->executor, cuda::Executor::Create(device_, network, weights, tuner, options_.executor));
  SINEW_ASSIGN_OR_RETURN(
      lane->work, device_->NewPoseWork({plan, MakeInputValues(options_.description.input), options_.executor.batch}));
  if (options_.is_timed) {
    for (cuda::OwnedEvent& mark : lane->marks) {
      SINEW_ASSIGN_OR_RETURN(mark, cuda::NewEventOn(device_, /*timed=*/true));
    }
  }
  idle_.push_back(lane.get());
  lanes_.push_back(std::move(lane));
  return Status();
}

Status DevicePipeline::UploadStandIn() {
  const std::vector<float>& maps = options_.stand_in_maps;
  if (maps.empty()) return Status();
  const size_t picture = ValuesOf(executor().output_shape(0));
  if (maps.size() != picture)
    return InvalidArgument("stand-in maps of {} values, the network's have {}", maps.size(), picture);
  const size_t bytes = picture * sizeof(float);
  SINEW_ASSIGN_OR_RETURN(stand_in_, cuda::AllocateOn(device_, bytes * static_cast<size_t>(options_.executor.batch)));
  SINEW_ASSIGN_OR_RETURN(const cuda::OwnedStream stream, cuda::NewStreamOn(device_));
  for (int n = 0; n < options_.executor.batch; ++n) {
    void* const to = static_cast<std::byte*>(stand_in_.get()) + static_cast<size_t>(n) * bytes;
    SINEW_RETURN_IF_ERROR(device_->CopyToDevice(to, maps.data(), bytes, stream.get()));
  }
  return device_->Synchronize(stream.get());
}

Status DevicePipeline::Submit(std::span<const ImageView> pictures) {
  if (is_full())
    return InvalidArgument("all {} streams are busy: take the oldest pictures' people first", lanes_.size());
  if (pictures.empty() || pictures.size() > static_cast<size_t>(options_.executor.batch)) {
    return InvalidArgument("{} pictures at once: must be 1 to {}", pictures.size(), options_.executor.batch);
  }
  const Stopwatch stopwatch;
  Lane* const lane = idle_.front();
  if (lane == taken_) taken_ = nullptr;
  std::vector<cuda::ResizeJob> jobs;
  lane->geometries.clear();
  for (const ImageView& picture : pictures) {
    if (!(std::isfinite(picture.pixel_aspect) && picture.pixel_aspect > 0)) {
      return InvalidArgument("picture: pixels {} times as wide as high", picture.pixel_aspect);
    }
    MapGeometry geometry = geometry_;
    const Resolution content = FitContent(options_.fit, {geometry.network_width, geometry.network_height}, picture);
    geometry.picture_width = picture.width, geometry.picture_height = picture.height;
    geometry.content_width = content.width, geometry.content_height = content.height;
    lane->geometries.push_back(geometry);
    jobs.push_back(
        {{picture.data, picture.width, picture.height, picture.row_stride_bytes}, content.width, content.height});
  }
  const Status status = Enqueue(lane, jobs);
  if (!status.ok()) {
    (void)device_->Synchronize(lane->stream.get());  // part of it may have been queued
    return status;
  }
  lane->staging = stopwatch.Seconds() * 1e3;
  idle_.pop_front();
  in_flight_.push_back(lane);
  return Status();
}

Status DevicePipeline::Enqueue(Lane* lane, std::span<const cuda::ResizeJob> jobs) {
  cuda::Stream* const stream = lane->stream.get();
  const auto mark = [&](int index) {
    return options_.is_timed ? device_->Record(lane->mark(index), stream) : Status();
  };
  const int batch = options_.executor.batch;
  const cuda::View input{lane->executor->device_input(),
                         cuda::DataType::kFloat32,
                         batch,
                         geometry_.network_height,
                         geometry_.network_width,
                         3,
                         3};
  std::vector<cuda::View> outputs;
  for (size_t i = 0; i < lane->executor->output_count(); ++i) outputs.push_back(OutputOf(*lane, i));
  SINEW_RETURN_IF_ERROR(mark(0));
  SINEW_RETURN_IF_ERROR(lane->work->EnqueueResize(jobs, input, stream, options_.is_timed ? lane->mark(1) : nullptr));
  SINEW_RETURN_IF_ERROR(mark(2));
  SINEW_RETURN_IF_ERROR(lane->executor->Enqueue(stream));
  SINEW_RETURN_IF_ERROR(mark(3));
  SINEW_RETURN_IF_ERROR(lane->work->EnqueueDecode(outputs, static_cast<int>(jobs.size()), stream));
  return mark(4);
}

Result<std::vector<Result<std::vector<Person>>>> DevicePipeline::Take() {
  if (is_empty()) return InvalidArgument("no pictures are in flight");
  Lane* const lane = in_flight_.front();
  in_flight_.pop_front();
  idle_.push_back(lane);
  taken_ = lane;
  SINEW_RETURN_IF_ERROR(device_->Synchronize(lane->stream.get()));
  const Stopwatch stopwatch;
  std::vector<Result<std::vector<Person>>> people;
  for (int n = 0; n < static_cast<int>(lane->geometries.size()); ++n) people.push_back(People(*lane, n));
  if (options_.is_timed) SINEW_RETURN_IF_ERROR(Time(*lane));
  times_.assembly = stopwatch.Seconds() * 1e3;
  return people;
}

Result<std::vector<Person>> DevicePipeline::People(const Lane& lane, int picture) {
  const cuda::Detections detections = lane.work->detections(picture);
  if (!detections.not_finite() && !detections.is_complete()) return DecodeHere(lane, picture);
  return AssembleDetections(detections, maps_, options_.description, lane.geometries[static_cast<size_t>(picture)],
                            options_.decode, &decoder_);
}

Result<std::vector<ConstView>> DevicePipeline::Download(const Lane& lane, int picture) {
  downloaded_.clear();
  std::vector<ConstView> views;
  for (size_t i = 0; i < lane.executor->output_count(); ++i) {
    const cuda::Shape shape = lane.executor->output_shape(i);
    std::vector<float>& values = downloaded_.emplace_back(ValuesOf(shape));
    const float* const from =
        static_cast<const float*>(OutputOf(lane, i).data) + static_cast<size_t>(picture) * values.size();
    SINEW_RETURN_IF_ERROR(device_->CopyToHost(values.data(), from, values.size() * sizeof(float), lane.stream.get()));
    views.push_back({values.data(), shape.height, shape.width, shape.channels, static_cast<size_t>(shape.channels)});
  }
  SINEW_RETURN_IF_ERROR(device_->Synchronize(lane.stream.get()));
  return views;
}

Result<std::vector<ConstView>> DevicePipeline::Maps(int picture) {
  if (taken_ == nullptr || picture < 0 || picture >= static_cast<int>(taken_->geometries.size()))
    return InvalidArgument("no maps of picture {}: none was taken", picture);
  return Download(*taken_, picture);
}

// Maps on which the kernels found more than they list.
Result<std::vector<Person>> DevicePipeline::DecodeHere(const Lane& lane, int picture) {
  SINEW_ASSIGN_OR_RETURN(const std::vector<ConstView> views, Download(lane, picture));
  return decoder_.Decode(views, lane.geometries[static_cast<size_t>(picture)], options_.decode);
}

// The device only reads it.
cuda::View DevicePipeline::OutputOf(const Lane& lane, size_t index) const {
  const cuda::Shape shape = lane.executor->output_shape(index);
  void* const data =
      index == 0 && stand_in_ ? stand_in_.get() : const_cast<float*>(lane.executor->device_output(index));
  return {data,        cuda::DataType::kFloat32, options_.executor.batch, shape.height,
          shape.width, shape.channels,           shape.channels};
}

Status DevicePipeline::Time(const Lane& lane) {
  times_.staging = lane.staging;
  double* const parts[] = {&times_.upload, &times_.resize, &times_.network, &times_.decode};
  for (int i = 0; i < 4; ++i) {
    SINEW_ASSIGN_OR_RETURN(*parts[i], device_->Milliseconds(lane.mark(i), lane.mark(i + 1)));
  }
  return Status();
}

Result<std::vector<Result<std::vector<Person>>>> DevicePipeline::EstimateAll(std::span<const ImageView> pictures) {
  std::vector<Result<std::vector<Person>>> people;
  const auto take = [&]() -> Status {
    SINEW_ASSIGN_OR_RETURN(auto taken, Take());
    std::move(taken.begin(), taken.end(), std::back_inserter(people));
    return Status();
  };
  const size_t batch = static_cast<size_t>(options_.executor.batch);
  for (size_t begin = 0; begin < pictures.size(); begin += batch) {
    if (is_full()) SINEW_RETURN_IF_ERROR(take());
    SINEW_RETURN_IF_ERROR(Submit(pictures.subspan(begin, std::min(batch, pictures.size() - begin))));
  }
  while (!is_empty()) SINEW_RETURN_IF_ERROR(take());
  return people;
}

}  // namespace sinew::pose
