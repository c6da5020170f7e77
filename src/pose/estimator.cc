// Resize, network, decode: the stages of an estimate in a row.
#include <algorithm>
#include <chrono>
#include <utility>

#include "artifact/reader.h"
#include "base/error.h"
#include "pose/decode.h"
#include "pose/preprocess.h"
#include "pose/skeleton.h"
#include "sinew/pose.h"

namespace sinew {
namespace {

// Where the first cell of the maps begins: strided convolutions with SAME padding shift it on sides that are no multiple
// of 8, pooling never does.
bool StridesByConvolution(const artifact::ModelT& model) {
  const auto& steps = model.plans[0]->steps;
  return std::any_of(steps.begin(), steps.end(), [](const auto& step) {
    return step->kind != artifact::StepKind::Pool && (step->window->stride_h() > 1 || step->window->stride_w() > 1);
  });
}

Status CheckMaps(const Session& session) {
  const TensorView maps = session.output();
  const Resolution resolution = session.resolution();
  const auto cells = [](int side) { return (side + pose::kMapStride - 1) / pose::kMapStride; };
  if (maps.channels == pose::kMapChannels && maps.width == cells(resolution.width) && maps.height == cells(resolution.height)) {
    return Status();
  }
  return Unsupported(
      "the model's output is {}x{}x{} for an input of {}x{}: COCO-18 pose networks have {} channels at 1/{} of the input",
      maps.height, maps.width, maps.channels, resolution.height, resolution.width, pose::kMapChannels, pose::kMapStride);
}

class Stopwatch {
 public:
  double Lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(start_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

struct PoseEstimator::State {
  Session session;
  DecodeOptions options;
  pose::MapGeometry geometry;
  pose::Preprocessor preprocessor;
  pose::Decoder decoder;
  PoseTimes times;
};

PoseEstimator::PoseEstimator(std::unique_ptr<State> state) : state_(std::move(state)) {}
PoseEstimator::PoseEstimator(PoseEstimator&&) noexcept = default;
PoseEstimator& PoseEstimator::operator=(PoseEstimator&&) noexcept = default;
PoseEstimator::~PoseEstimator() = default;

Result<PoseEstimator> PoseEstimator::Create(const Model& model, const PoseOptions& options) {
  SINEW_RETURN_IF_ERROR(pose::ValidateDecodeOptions(options.decode));
  SINEW_ASSIGN_OR_RETURN(Session session, Session::Create(model, options.session));
  SINEW_RETURN_IF_ERROR(CheckMaps(session));
  pose::MapGeometry geometry;
  geometry.network_width = session.resolution().width;
  geometry.network_height = session.resolution().height;
  if (StridesByConvolution(model.artifact().model())) {
    geometry.first_cell_x = pose::FirstCell(geometry.network_width);
    geometry.first_cell_y = pose::FirstCell(geometry.network_height);
  }
  return PoseEstimator(std::unique_ptr<State>(new State{std::move(session), options.decode, geometry, {}, {}, {}}));
}

Result<std::vector<Person>> PoseEstimator::Estimate(const ImageView& picture) {
  State& s = *state_;
  Stopwatch stopwatch;
  SINEW_RETURN_IF_ERROR(s.preprocessor.Resize(picture, s.geometry.network_width, s.geometry.network_height,
                                              pose::ChannelOrder::kBgr, s.session.input()));
  s.times.resize = stopwatch.Lap();
  s.session.Run();
  s.times.network = stopwatch.Lap();
  s.geometry.picture_width = picture.width;
  s.geometry.picture_height = picture.height;
  const TensorView maps = s.session.output();
  Result<std::vector<Person>> people =
      s.decoder.Decode({maps.data, maps.height, maps.width, maps.channels, maps.pixel_stride}, s.geometry, s.options);
  s.times.decode = stopwatch.Lap();
  return people;
}

Resolution PoseEstimator::resolution() const { return state_->session.resolution(); }
const PoseTimes& PoseEstimator::times() const { return state_->times; }
TensorView PoseEstimator::maps() const { return state_->session.output(); }

}  // namespace sinew
