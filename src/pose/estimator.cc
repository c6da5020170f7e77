// Resize, network, decode: the stages of an estimate in a row.
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/stopwatch.h"
#include "pose/content.h"
#include "pose/decode.h"
#include "pose/device_pipeline.h"
#include "pose/people_decoder.h"
#include "pose/preprocess.h"
#include "pose/resample_maps.h"
#include "runtime/gpu.h"
#include "simd/target.h"
#include "sinew/pose.h"

namespace sinew {
namespace {

std::vector<ConstView> MakeViews(const Session& session) {
  std::vector<ConstView> views;
  for (size_t i = 0; i < session.output_count(); ++i) {
    const TensorView output = session.output(i);
    views.push_back({output.data, output.height, output.width, output.channels, output.pixel_stride});
  }
  return views;
}

Status CheckOutputs(const Session& session, const ModelDescription& description) {
  const Heads& heads = description.heads;
  const Resolution resolution = session.resolution();
  const auto maps = pose::SelectMaps(MakeViews(session), heads);
  if (!maps.ok()) return Unsupported("{}", maps.status().message());
  const int width = heads.CellCount(resolution.width), height = heads.CellCount(resolution.height);
  if (maps->heat.width == width && maps->heat.height == height) return Status();
  return Unsupported("the model's maps are {}x{} for an input of {}x{}: at a stride of {} they would be {}x{}",
                     maps->heat.width, maps->heat.height, resolution.width, resolution.height, heads.stride, width,
                     height);
}

// The heads of maps in the order of PoseEstimator::maps().
Heads OrderedHeads(const ModelDescription& description) {
  Heads heads = description.heads;
  heads.heat_maps = {0, 0, heads.heat_maps.count};
  if (heads.background != -1) heads.background = heads.heat_maps.count;
  heads.fields = {0, description.first_field(), heads.fields.count};
  return heads;
}

// The channels of all used outputs in that order.
std::vector<float> Ordered(const std::vector<ConstView>& outputs, const ModelDescription& description) {
  const Heads& heads = description.heads;
  std::vector<ChannelRange> ranges = {heads.heat_maps};
  if (heads.background != -1) ranges.push_back({heads.heat_maps.output, heads.background, 1});
  ranges.push_back(heads.fields);
  const ConstView& heat = outputs[static_cast<size_t>(heads.heat_maps.output)];
  const size_t cells = static_cast<size_t>(heat.height) * static_cast<size_t>(heat.width);
  std::vector<float> ordered;
  ordered.reserve(cells * static_cast<size_t>(description.map_channels()));
  for (size_t cell = 0; cell < cells; ++cell) {
    for (const ChannelRange& range : ranges) {
      if (range.count == 0) continue;
      const ConstView& output = outputs[static_cast<size_t>(range.output)];
      const float* first = output.data + cell * output.pixel_stride + range.first;
      ordered.insert(ordered.end(), first, first + range.count);
    }
  }
  return ordered;
}

// (byte - mean) * scale of each channel.
void Normalize(const InputConvention& input, std::span<float> pixels) {
  for (size_t i = 0; i < pixels.size(); i += 3) {
    for (size_t c = 0; c < 3; ++c) pixels[i + c] = (pixels[i + c] - input.mean[c]) * input.scale[c];
  }
}

// The network in one resolution.
struct Scale {
  Session session;
  pose::MapGeometry geometry;

  Resolution content() const { return {geometry.content_width, geometry.content_height}; }
};

Result<Scale> MakeScale(const Model& model, const ModelDescription& description, const SessionOptions& options) {
  SINEW_ASSIGN_OR_RETURN(Session session, Session::Create(model, options));
  SINEW_RETURN_IF_ERROR(CheckOutputs(session, description));
  pose::MapGeometry geometry;
  geometry.network_width = session.resolution().width;
  geometry.network_height = session.resolution().height;
  return Scale{std::move(session), geometry};
}

// Maps of several scales are averaged by the processor.
bool RunsOnGpuAlone(const PoseOptions& options) {
  return options.session.device.is_gpu() && options.more_scales.empty() &&
         options.decode.compat != DecodeOptions::Compat::kOpenPose;
}

// One picture's whole way on a GPU: kept for maps that are heavy to fetch and rarely wanted.
struct OnGpu {
  std::unique_ptr<pose::DevicePipeline> pipeline;
  Resolution network, content;
};

Result<OnGpu> OpenOnGpu(const Model& model, const PoseOptions& options, const ModelDescription& description) {
  const SessionOptions& session = options.session;
  SINEW_ASSIGN_OR_RETURN(const cuda::Precision precision, runtime::GpuPrecision(session.precision));
  SINEW_ASSIGN_OR_RETURN(const runtime::GpuNetwork gpu, runtime::LoadOnGpu(model, session.resolution, session.device));
  const pose::DevicePipelineOptions pipeline_options{.executor = {.precision = precision},
                                                     .streams = 1,
                                                     .decode = options.decode,
                                                     .fit = options.fit,
                                                     .description = description,
                                                     .is_timed = true};
  SINEW_ASSIGN_OR_RETURN(
      std::unique_ptr<pose::DevicePipeline> pipeline,
      pose::DevicePipeline::Create(gpu.gpu->device(), gpu.network, gpu.weights, gpu.gpu->tuner(), pipeline_options));
  gpu.gpu->KeepTuning();
  const cuda::Shape input = pipeline->executor().input_shape();
  return OnGpu{std::move(pipeline), {input.width, input.height}, {}};
}

}  // namespace

struct PoseEstimator::State {
  ModelDescription description;
  std::optional<OnGpu> gpu;   // then there are no scales
  std::vector<Scale> scales;  // the first one's cells are those of the result
  DecodeOptions options;
  Fit fit;
  pose::Preprocessor preprocessor;
  std::unique_ptr<pose::PeopleDecoder> decoder;
  std::vector<float> content;  // a picture that does not fill the network's input
  std::vector<float> ordered;  // maps as maps() tells, where the network's are not, or of several scales; else empty
  PoseTimes times;

  bool has_several_scales() const { return scales.size() > 1; }
  Result<std::vector<Person>> EstimateOnGpu(const ImageView& picture);
  Status FillInput(const ImageView& picture, Scale* scale);
  void Average();
  TensorView maps();
};

// Resizes the picture into the input of one scale.
Status PoseEstimator::State::FillInput(const ImageView& picture, Scale* scale) {
  const Resolution network = scale->session.resolution(), part = pose::FitContent(fit, network, picture);
  pose::MapGeometry& geometry = scale->geometry;
  geometry.picture_width = picture.width;
  geometry.picture_height = picture.height;
  geometry.content_width = part.width;
  geometry.content_height = part.height;
  const InputConvention& convention = description.input;
  const std::span<float> input = scale->session.input();
  if (part == network) {
    SINEW_RETURN_IF_ERROR(preprocessor.Resize(picture, network.width, network.height, convention.channel_order, input));
  } else {
    const size_t row_values = 3 * static_cast<size_t>(part.width),
                 input_row_values = 3 * static_cast<size_t>(network.width);
    content.resize(row_values * static_cast<size_t>(part.height));
    SINEW_RETURN_IF_ERROR(preprocessor.Resize(picture, part.width, part.height, convention.channel_order, content));
    for (size_t i = 0; i < input.size(); i += 3) std::ranges::copy(convention.padding, input.begin() + i);
    for (size_t y = 0; y < static_cast<size_t>(part.height); ++y) {
      std::copy_n(content.begin() + static_cast<ptrdiff_t>(y * row_values), row_values,
                  input.begin() + static_cast<ptrdiff_t>(y * input_row_values));
    }
  }
  if (!convention.is_identity()) Normalize(convention, input);
  return Status();
}

// Averages the maps of all scales on the cells of the first.
void PoseEstimator::State::Average() {
  const Heads& heads = description.heads;
  const auto map_axis = [&heads](int network, int part) {
    return pose::MapAxis{heads.CellCount(network), part, heads.FirstCell(network), heads.stride};
  };
  const pose::MapGeometry& target = scales[0].geometry;
  const pose::MapAxis target_x = map_axis(target.network_width, target.content_width);
  const pose::MapAxis target_y = map_axis(target.network_height, target.content_height);
  const size_t channels = static_cast<size_t>(description.map_channels());
  ordered.assign(static_cast<size_t>(target_x.cells) * static_cast<size_t>(target_y.cells) * channels, 0.0f);
  for (const Scale& scale : scales) {
    const pose::MapGeometry& source = scale.geometry;
    const pose::MapAxis source_x = map_axis(source.network_width, source.content_width);
    const pose::MapAxis source_y = map_axis(source.network_height, source.content_height);
    const std::vector<float> maps = Ordered(MakeViews(scale.session), description);
    const ConstView view = {maps.data(), source_y.cells, source_x.cells, description.map_channels(), channels};
    pose::AddResampled(view, pose::ResampleAxis(source_x, target_x), pose::ResampleAxis(source_y, target_y),
                       1.0f / static_cast<float>(scales.size()), ordered);
  }
}

TensorView PoseEstimator::State::maps() {
  const Heads& heads = description.heads;
  const int channels = description.map_channels();
  std::vector<ConstView> outputs;
  if (gpu) {
    Result<std::vector<ConstView>> fetched = gpu->pipeline->Maps(0);
    if (!fetched.ok()) return {};
    outputs = std::move(*fetched);
  } else {
    outputs = MakeViews(scales[0].session);
  }
  const ConstView& heat = outputs[static_cast<size_t>(heads.heat_maps.output)];
  if (!has_several_scales() && OrderedHeads(description) == heads) {
    return {heat.data, heat.height, heat.width, channels, heat.pixel_stride};
  }
  if (!has_several_scales() && ordered.empty()) ordered = Ordered(outputs, description);
  return {ordered.data(), heat.height, heat.width, channels, static_cast<size_t>(channels)};
}

Result<std::vector<Person>> PoseEstimator::State::EstimateOnGpu(const ImageView& picture) {
  gpu->content = pose::FitContent(fit, gpu->network, picture);
  SINEW_RETURN_IF_ERROR(gpu->pipeline->Submit({&picture, 1}));
  SINEW_ASSIGN_OR_RETURN(std::vector<Result<std::vector<Person>>> people, gpu->pipeline->Take());
  const pose::DeviceTimes& spent = gpu->pipeline->times();
  times.resize = (spent.staging + spent.upload + spent.resize) * 1e-3;
  times.network = spent.network * 1e-3;
  times.decode_parts.peaks = spent.decode * 1e-3;
  times.decode_parts.assembly = spent.assembly * 1e-3;
  times.decode = times.decode_parts.peaks + times.decode_parts.assembly;
  return std::move(people[0]);
}

PoseEstimator::PoseEstimator(std::unique_ptr<State> state) : state_(std::move(state)) {}
PoseEstimator::PoseEstimator(PoseEstimator&&) noexcept = default;
PoseEstimator& PoseEstimator::operator=(PoseEstimator&&) noexcept = default;
PoseEstimator::~PoseEstimator() = default;

Result<PoseEstimator> PoseEstimator::Create(const Model& model, const PoseOptions& options) {
  auto state = std::make_unique<State>();
  if (model.description() == nullptr) {
    return Unsupported(
        "the model is not known to be a pose network: its first output has not the 57 channels of "
        "tf-pose-estimation's, and it was compiled without a description");
  }
  state->description = *model.description();
  SINEW_ASSIGN_OR_RETURN(const simd::Target target, simd::DefaultTarget());
  state->preprocessor = pose::Preprocessor(target);
  state->options = options.decode;
  state->fit = options.fit;
  if (RunsOnGpuAlone(options)) {
    SINEW_ASSIGN_OR_RETURN(state->gpu, OpenOnGpu(model, options, state->description));
    return PoseEstimator(std::move(state));
  }
  std::vector<Resolution> resolutions = {options.session.resolution};
  resolutions.insert(resolutions.end(), options.more_scales.begin(), options.more_scales.end());
  for (const Resolution& resolution : resolutions) {
    SessionOptions scale_options = options.session;
    scale_options.resolution = resolution;
    SINEW_ASSIGN_OR_RETURN(Scale scale, MakeScale(model, state->description, scale_options));
    state->scales.push_back(std::move(scale));
  }
  ModelDescription decoded = state->description;
  if (state->has_several_scales()) decoded.heads = OrderedHeads(decoded);
  state->decoder = pose::MakePeopleDecoder(decoded, target);
  SINEW_RETURN_IF_ERROR(state->decoder->Validate(options.decode));
  return PoseEstimator(std::move(state));
}

Result<std::vector<Person>> PoseEstimator::Estimate(const ImageView& picture, const RunHooks& hooks) {
  if (!(std::isfinite(picture.pixel_aspect) && picture.pixel_aspect > 0))
    return InvalidArgument("picture: pixels {} times as wide as high", picture.pixel_aspect);
  State& s = *state_;
  s.times = {};
  s.ordered.clear();
  if (s.gpu) return s.EstimateOnGpu(picture);
  Stopwatch stopwatch;
  for (Scale& scale : s.scales) {
    SINEW_RETURN_IF_ERROR(s.FillInput(picture, &scale));
    s.times.resize += stopwatch.Lap();
    SINEW_RETURN_IF_ERROR(scale.session.Run(hooks));
    s.times.network += stopwatch.Lap();
  }
  std::vector<ConstView> outputs = MakeViews(s.scales[0].session);
  if (s.has_several_scales()) {
    s.Average();
    const TensorView maps = s.maps();
    outputs = {{maps.data, maps.height, maps.width, maps.channels, maps.pixel_stride}};
  }
  Result<std::vector<Person>> people = s.decoder->Decode(outputs, s.scales[0].geometry, s.options);
  s.times.decode = stopwatch.Lap();
  s.times.decode_parts = s.decoder->times();
  return people;
}

const ModelDescription& PoseEstimator::description() const { return state_->description; }
Resolution PoseEstimator::resolution() const {
  return state_->gpu ? state_->gpu->network : state_->scales[0].session.resolution();
}
const PoseTimes& PoseEstimator::times() const { return state_->times; }
TensorView PoseEstimator::maps() const { return state_->maps(); }
Resolution PoseEstimator::content() const { return state_->gpu ? state_->gpu->content : state_->scales[0].content(); }

}  // namespace sinew
