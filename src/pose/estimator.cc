// Resize, network, decode: the stages of an estimate in a row.
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/stopwatch.h"
#include "pose/decode.h"
#include "pose/preprocess.h"
#include "pose/resample_maps.h"
#include "pose/skeleton.h"
#include "runtime/model_access.h"
#include "sinew/pose.h"

namespace sinew {
namespace {

// Where the first cell of the maps begins: strided convolutions with SAME padding shift it on sides that are no
// multiple of 8, pooling never does.
bool StridesByConvolution(const program::ModelT& model) {
  const auto strides = [](const program::Window& window) { return window.stride_h() > 1 || window.stride_w() > 1; };
  for (const auto& step : model.plans[0]->steps) {
    const bool by_convolution = program::VisitStep(*step, [&](const auto& what) {
      if constexpr (requires { what.first_window; }) return strides(*what.first_window) || strides(*what.window);
      if constexpr (requires { what.window; } && !std::is_same_v<decltype(what), const program::PoolStepT&>)
        return strides(*what.window);
      return false;
    });
    if (by_convolution) return true;
  }
  return false;
}

Status CheckMaps(const Session& session) {
  const TensorView maps = session.output();
  const Resolution resolution = session.resolution();
  const auto cells = [](int side) { return (side + pose::kMapStride - 1) / pose::kMapStride; };
  if (maps.channels == pose::kMapChannels && maps.width == cells(resolution.width) &&
      maps.height == cells(resolution.height)) {
    return Status();
  }
  return Unsupported(
      "the model's output is {}x{}x{} for an input of {}x{}: COCO-18 pose networks have {} channels at 1/{} of the "
      "input",
      maps.height, maps.width, maps.channels, resolution.height, resolution.width, pose::kMapChannels,
      pose::kMapStride);
}

// The part of the network's input that a picture takes.
Resolution FitContent(Fit fit, Resolution network, const ImageView& picture) {
  if (fit == Fit::kStretch || picture.width < 1 || picture.height < 1) return network;
  const double scale = std::min(static_cast<double>(network.width) / picture.width,
                                static_cast<double>(network.height) / picture.height);
  const auto side = [scale](int pixels, int limit) {
    return std::clamp(static_cast<int>(std::lround(pixels * scale)), 1, limit);
  };
  return {side(picture.width, network.width), side(picture.height, network.height)};
}

ConstView MakeView(const TensorView& maps) {
  return {maps.data, maps.height, maps.width, maps.channels, maps.pixel_stride};
}

// The network in one resolution.
struct Scale {
  Session session;
  pose::MapGeometry geometry;

  Resolution content() const { return {geometry.content_width, geometry.content_height}; }
};

Result<Scale> MakeScale(const Model& model, const SessionOptions& options) {
  SINEW_ASSIGN_OR_RETURN(Session session, Session::Create(model, options));
  SINEW_RETURN_IF_ERROR(CheckMaps(session));
  pose::MapGeometry geometry;
  geometry.network_width = session.resolution().width;
  geometry.network_height = session.resolution().height;
  if (StridesByConvolution(runtime::ModelAccess::artifact(model).model())) {
    geometry.first_cell_x = pose::FirstCell(geometry.network_width);
    geometry.first_cell_y = pose::FirstCell(geometry.network_height);
  }
  return Scale{std::move(session), geometry};
}

}  // namespace

struct PoseEstimator::State {
  std::vector<Scale> scales;  // the first one's cells are those of the result
  DecodeOptions options;
  Fit fit;
  pose::Preprocessor preprocessor;
  pose::Decoder decoder;
  std::vector<float> content;   // a picture that does not fill the network's input
  std::vector<float> averaged;  // maps, with several scales
  PoseTimes times;

  Status FillInput(const ImageView& picture, Scale* scale);
  void Average();
  TensorView maps() const;
};

// Resizes the picture into the input of one scale.
Status PoseEstimator::State::FillInput(const ImageView& picture, Scale* scale) {
  const Resolution network = scale->session.resolution(), part = FitContent(fit, network, picture);
  pose::MapGeometry& geometry = scale->geometry;
  geometry.picture_width = picture.width;
  geometry.picture_height = picture.height;
  geometry.content_width = part.width;
  geometry.content_height = part.height;
  const std::span<float> input = scale->session.input();
  if (part == network)
    return preprocessor.Resize(picture, network.width, network.height, pose::ChannelOrder::kBgr, input);
  const size_t row_values = 3 * static_cast<size_t>(part.width),
               input_row_values = 3 * static_cast<size_t>(network.width);
  content.resize(row_values * static_cast<size_t>(part.height));
  SINEW_RETURN_IF_ERROR(preprocessor.Resize(picture, part.width, part.height, pose::ChannelOrder::kBgr, content));
  std::fill(input.begin(), input.end(), 0.0f);
  for (size_t y = 0; y < static_cast<size_t>(part.height); ++y) {
    std::copy_n(content.begin() + static_cast<ptrdiff_t>(y * row_values), row_values,
                input.begin() + static_cast<ptrdiff_t>(y * input_row_values));
  }
  return Status();
}

void PoseEstimator::State::Average() {
  const TensorView first = scales[0].session.output();
  averaged.assign(
      static_cast<size_t>(first.height) * static_cast<size_t>(first.width) * static_cast<size_t>(first.channels), 0.0f);
  const pose::MapGeometry& target = scales[0].geometry;
  for (const Scale& scale : scales) {
    const TensorView maps = scale.session.output();
    const pose::MapGeometry& source = scale.geometry;
    const pose::ResampleAxis x({maps.width, source.content_width, source.first_cell_x},
                               {first.width, target.content_width, target.first_cell_x});
    const pose::ResampleAxis y({maps.height, source.content_height, source.first_cell_y},
                               {first.height, target.content_height, target.first_cell_y});
    pose::AddResampled(MakeView(maps), x, y, 1.0f / static_cast<float>(scales.size()), averaged);
  }
}

TensorView PoseEstimator::State::maps() const {
  TensorView maps = scales[0].session.output();
  if (averaged.empty()) return maps;
  maps.data = averaged.data();
  maps.pixel_stride = static_cast<size_t>(maps.channels);
  return maps;
}

PoseEstimator::PoseEstimator(std::unique_ptr<State> state) : state_(std::move(state)) {}
PoseEstimator::PoseEstimator(PoseEstimator&&) noexcept = default;
PoseEstimator& PoseEstimator::operator=(PoseEstimator&&) noexcept = default;
PoseEstimator::~PoseEstimator() = default;

Result<PoseEstimator> PoseEstimator::Create(const Model& model, const PoseOptions& options) {
  SINEW_RETURN_IF_ERROR(pose::ValidateDecodeOptions(options.decode));
  auto state = std::make_unique<State>();
  state->options = options.decode;
  state->fit = options.fit;
  SINEW_ASSIGN_OR_RETURN(Scale first, MakeScale(model, options.session));
  state->scales.push_back(std::move(first));
  for (const Resolution& resolution : options.more_scales) {
    SINEW_ASSIGN_OR_RETURN(Scale scale, MakeScale(model, {resolution, options.session.threads}));
    state->scales.push_back(std::move(scale));
  }
  return PoseEstimator(std::move(state));
}

Result<std::vector<Person>> PoseEstimator::Estimate(const ImageView& picture, const RunHooks& hooks) {
  State& s = *state_;
  s.times = {};
  Stopwatch stopwatch;
  for (Scale& scale : s.scales) {
    SINEW_RETURN_IF_ERROR(s.FillInput(picture, &scale));
    s.times.resize += stopwatch.Lap();
    scale.session.Run(hooks);
    s.times.network += stopwatch.Lap();
  }
  if (s.scales.size() > 1) s.Average();
  Result<std::vector<Person>> people = s.decoder.Decode(MakeView(s.maps()), s.scales[0].geometry, s.options);
  s.times.decode = stopwatch.Lap();
  s.times.decode_parts = s.decoder.times();
  return people;
}

Resolution PoseEstimator::resolution() const { return state_->scales[0].session.resolution(); }
const PoseTimes& PoseEstimator::times() const { return state_->times; }
TensorView PoseEstimator::maps() const { return state_->maps(); }
Resolution PoseEstimator::content() const { return state_->scales[0].content(); }

}  // namespace sinew
