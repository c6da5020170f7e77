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
  if (heads.fields.count > 0) heads.fields = {0, description.first_field(), heads.fields.count};
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

// What each channel of PoseEstimator::maps() is on the other side of the body: a keypoint's mirror image, and the field
// of the limb between the mirror images, whose x points the other way.
Result<std::vector<pose::ChannelSource>> MirrorChannels(const ModelDescription& description) {
  const Skeleton& skeleton = description.skeleton;
  std::vector<pose::ChannelSource> sources(static_cast<size_t>(description.map_channels()));
  for (size_t c = 0; c < sources.size(); ++c) sources[c].source = static_cast<int>(c);
  const auto mirror = [&](int keypoint) {
    const int other = skeleton.keypoints[static_cast<size_t>(keypoint)].mirror;
    return other == -1 ? keypoint : other;
  };
  for (int k = 0; k < skeleton.keypoint_count(); ++k) sources[static_cast<size_t>(k)].source = mirror(k);
  const int first = description.first_field();
  for (const Limb& limb : skeleton.limbs) {
    // A limb from one side to the other may be its own mirror image, the other way round.
    float direction = 0;
    const Limb* other = nullptr;
    for (const Limb& candidate : skeleton.limbs) {
      if (candidate.from == mirror(limb.from) && candidate.to == mirror(limb.to)) other = &candidate, direction = 1;
      if (candidate.from == mirror(limb.to) && candidate.to == mirror(limb.from)) other = &candidate, direction = -1;
    }
    if (other == nullptr) {
      const auto name = [&](int k) { return skeleton.keypoints[static_cast<size_t>(mirror(k))].name; };
      return Unsupported("flip_average: the skeleton {} has no limb from {} to {}, the mirror image of another one",
                         skeleton.name, name(limb.from), name(limb.to));
    }
    sources[static_cast<size_t>(first + limb.field_x)] = {first + other->field_x, -direction};
    sources[static_cast<size_t>(first + limb.field_y)] = {first + other->field_y, direction};
  }
  return sources;
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

// Maps of several scales are averaged, and people of other decoders found, by the processor.
bool RunsOnGpuAlone(const PoseOptions& options, DecoderKind decoder) {
  return options.session.device.is_gpu() && options.more_scales.empty() && !options.flip_average &&
         decoder == DecoderKind::kPartAffinityFields && options.decode.compat != DecodeOptions::Compat::kOpenPose;
}

// What is told in cells or pixels of one input has no meaning on the cells of another.
Status CheckAverages(const PoseOptions& options, DecoderKind decoder) {
  const bool averages = !options.more_scales.empty() || options.flip_average;
  const bool has_fields = decoder == DecoderKind::kPartAffinityFields || decoder == DecoderKind::kTrtPose ||
                          decoder == DecoderKind::kLightweightOpenPose;
  if (!averages || has_fields) return Status();
  return Unsupported("{}'s outputs cannot be averaged: a picture is looked at once, in one scale",
                     DecoderKindName(decoder));
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

  Result<std::vector<Person>> EstimateOnGpu(const ImageView& picture);
  std::vector<pose::ChannelSource> mirror_channels;  // where maps of the mirrored picture are averaged in; else empty

  bool averages() const { return scales.size() > 1 || !mirror_channels.empty(); }
  Status FillInput(const ImageView& picture, Scale* scale);
  void MirrorInput(Scale* scale);
  void StartAverage();
  void AddToAverage(const Scale& scale, bool mirrored);
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

// The picture in the input the other way round.
void PoseEstimator::State::MirrorInput(Scale* scale) {
  const size_t width = static_cast<size_t>(scale->session.resolution().width);
  const size_t shown = static_cast<size_t>(scale->geometry.content_width);
  const std::span<float> input = scale->session.input();
  for (size_t row = 0; row < input.size(); row += 3 * width) {
    for (size_t left = 0, right = shown - 1; left < right; ++left, --right) {
      std::swap_ranges(input.begin() + static_cast<ptrdiff_t>(row + 3 * left),
                       input.begin() + static_cast<ptrdiff_t>(row + 3 * left + 3),
                       input.begin() + static_cast<ptrdiff_t>(row + 3 * right));
    }
  }
}

// The maps of all scales, and sides, are averaged on the cells of the first.
void PoseEstimator::State::StartAverage() {
  const pose::MapGeometry& target = scales[0].geometry;
  const Heads& heads = description.heads;
  ordered.assign(static_cast<size_t>(heads.CellCount(target.network_width)) *
                     static_cast<size_t>(heads.CellCount(target.network_height)) *
                     static_cast<size_t>(description.map_channels()),
                 0.0f);
}

void PoseEstimator::State::AddToAverage(const Scale& scale, bool mirrored) {
  const Heads& heads = description.heads;
  const auto map_axis = [&heads](int network, int part) {
    return pose::MapAxis{heads.CellCount(network), part, heads.FirstCell(network), heads.stride};
  };
  const pose::MapGeometry &target = scales[0].geometry, &source = scale.geometry;
  const pose::MapAxis target_x = map_axis(target.network_width, target.content_width);
  const pose::MapAxis target_y = map_axis(target.network_height, target.content_height);
  const pose::MapAxis source_x = map_axis(source.network_width, source.content_width);
  const pose::MapAxis source_y = map_axis(source.network_height, source.content_height);
  const std::vector<float> maps = Ordered(MakeViews(scale.session), description);
  const ConstView view = {maps.data(), source_y.cells, source_x.cells, description.map_channels(),
                          static_cast<size_t>(description.map_channels())};
  const size_t views = scales.size() * (mirror_channels.empty() ? 1 : 2);
  pose::AddResampled(
      view, pose::ResampleAxis(source_x, target_x, mirrored), pose::ResampleAxis(source_y, target_y),
      1.0f / static_cast<float>(views), ordered,
      mirrored ? std::span<const pose::ChannelSource>(mirror_channels) : std::span<const pose::ChannelSource>());
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
  if (!averages() && OrderedHeads(description) == heads) {
    return {heat.data, heat.height, heat.width, channels, heat.pixel_stride};
  }
  if (!averages() && ordered.empty()) ordered = Ordered(outputs, description);
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
  SINEW_RETURN_IF_ERROR(CheckAverages(options, state->description.decoder));
  if (RunsOnGpuAlone(options, state->description.decoder)) {
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
  if (options.flip_average) {
    SINEW_ASSIGN_OR_RETURN(state->mirror_channels, MirrorChannels(state->description));
  }
  ModelDescription decoded = state->description;
  if (state->averages()) decoded.heads = OrderedHeads(decoded);
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
  double averaging = 0;
  for (Scale& scale : s.scales) {
    SINEW_RETURN_IF_ERROR(s.FillInput(picture, &scale));
    if (s.averages() && &scale == s.scales.data()) s.StartAverage();
    for (const bool mirrored : {false, true}) {
      if (mirrored && s.mirror_channels.empty()) continue;
      if (mirrored) {
        // The executor may have used the input's memory for something else.
        SINEW_RETURN_IF_ERROR(s.FillInput(picture, &scale));
        s.MirrorInput(&scale);
      }
      s.times.resize += stopwatch.Lap();
      SINEW_RETURN_IF_ERROR(scale.session.Run(hooks));
      s.times.network += stopwatch.Lap();
      if (s.averages()) s.AddToAverage(scale, mirrored);
      averaging += stopwatch.Lap();
    }
  }
  std::vector<ConstView> outputs = MakeViews(s.scales[0].session);
  if (s.averages()) {
    const TensorView maps = s.maps();
    outputs = {{maps.data, maps.height, maps.width, maps.channels, maps.pixel_stride}};
  }
  Result<std::vector<Person>> people = s.decoder->Decode(outputs, s.scales[0].geometry, s.options);
  s.times.decode = averaging + stopwatch.Lap();
  s.times.decode_parts = s.decoder->times();
  return people;
}

std::vector<std::vector<Keypoint>> PoseEstimator::candidates() const {
  return state_->gpu ? state_->gpu->pipeline->LocatePeaks() : state_->decoder->LocatePeaks();
}

Status PoseEstimator::SetDecodeOptions(const DecodeOptions& options) {
  if (state_->gpu)
    return Unsupported("thresholds cannot be changed once an estimator runs on a GPU: create another one");
  SINEW_RETURN_IF_ERROR(state_->decoder->Validate(options));
  state_->options = options;
  return Status();
}

const ModelDescription& PoseEstimator::description() const { return state_->description; }
Resolution PoseEstimator::resolution() const {
  return state_->gpu ? state_->gpu->network : state_->scales[0].session.resolution();
}
const PoseTimes& PoseEstimator::times() const { return state_->times; }
TensorView PoseEstimator::maps() const { return state_->maps(); }
Resolution PoseEstimator::content() const { return state_->gpu ? state_->gpu->content : state_->scales[0].content(); }

}  // namespace sinew
