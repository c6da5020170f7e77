// The replicas of both kinds of benchmark.
#include "measure/bench.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <utility>

#include "base/error.h"
#include "base/stopwatch.h"
#include "measure/statistics.h"
#include "media/images/image.h"
#include "runtime/thread_pool.h"

namespace sinew::measure {
namespace {

constexpr int kMostAtOnce = 1024;

Status CheckOptions(const BenchOptions& options) {
  if (options.replicas < 1 || options.replicas > kMostAtOnce)
    return InvalidArgument("{} replicas: give 1 to {}", options.replicas, kMostAtOnce);
  if (options.batch < 1 || options.batch > kMostAtOnce)
    return InvalidArgument("{} pictures a batch: give 1 to {}", options.batch, kMostAtOnce);
  return CheckLoadOptions(options.load);
}

struct NetworkReplica {
  Session session;
  std::vector<float> pictures, results;

  Status Call() { return session.RunBatch(pictures, results); }
};

class PictureReplica {
 public:
  PictureReplica(PoseEstimator estimator, std::span<const EncodedPicture> pictures, size_t first)
      : estimator_(std::move(estimator)), pictures_(pictures), next_(first) {}

  // The next picture.
  Status Call() {
    const EncodedPicture& picture = pictures_[next_++ % pictures_.size()];
    Stopwatch stopwatch;
    SINEW_ASSIGN_OR_RETURN(const media::Image image, media::DecodeImage(picture.bytes, picture.name));
    const double read = stopwatch.Lap();
    SINEW_RETURN_IF_ERROR(estimator_.Estimate(image.view()).status());
    const PoseTimes& times = estimator_.times();
    read_.push_back(read);
    resize_.push_back(times.resize);
    network_.push_back(times.network);
    decode_.push_back(times.decode);
    return Status();
  }
  // Forgets the stages of the calls so far, but for the last `count`.
  void KeepLast(size_t count) {
    for (auto* stage : {&read_, &resize_, &network_, &decode_})
      stage->erase(stage->begin(), stage->end() - static_cast<ptrdiff_t>(std::min(count, stage->size())));
  }

  PoseEstimator estimator_;
  std::vector<double> read_, resize_, network_, decode_;

 private:
  std::span<const EncodedPicture> pictures_;
  size_t next_;
};

// What a call of a replica failed with, if one did: on a processor everything that can fail has failed before.
class FirstFailure {
 public:
  void Note(Status status) {
    if (status.ok()) return;
    const std::lock_guard lock(mutex_);
    if (first_.ok()) first_ = std::move(status);
  }
  const Status& status() const { return first_; }

 private:
  std::mutex mutex_;
  Status first_;
};

template <class Replica>
Result<LoadResult> OfferLoadTo(std::vector<std::unique_ptr<Replica>>& replicas, const LoadOptions& options) {
  FirstFailure failure;
  std::vector<std::function<void()>> calls;
  for (auto& replica : replicas) calls.emplace_back([&replica = *replica, &failure] { failure.Note(replica.Call()); });
  SINEW_ASSIGN_OR_RETURN(LoadResult load, OfferLoad(calls, options));
  SINEW_RETURN_IF_ERROR(failure.status());
  return load;
}

double MedianAcross(const std::vector<std::unique_ptr<PictureReplica>>& replicas,
                    std::vector<double> PictureReplica::*stage) {
  std::vector<double> all;
  for (const auto& replica : replicas) all.insert(all.end(), ((*replica).*stage).begin(), ((*replica).*stage).end());
  return Summarise(std::move(all)).p50;
}

}  // namespace

Result<BenchResult> BenchNetwork(const Model& model, const BenchOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckOptions(options));
  std::vector<std::unique_ptr<NetworkReplica>> replicas;
  BenchResult result;
  std::mt19937 random(1);
  const size_t batch = static_cast<size_t>(options.batch);
  for (int i = 0; i < options.replicas; ++i) {
    const Stopwatch stopwatch;
    SINEW_ASSIGN_OR_RETURN(Session session, Session::Create(model, options.pose.session));
    if (i == 0) result.create_seconds = stopwatch.Seconds();
    const TensorView out = session.output();
    std::vector<float> pictures(batch * session.input().size());
    for (float& value : pictures) value = static_cast<float>(random() % 256);
    const size_t outputs =
        static_cast<size_t>(out.height) * static_cast<size_t>(out.width) * static_cast<size_t>(out.channels);
    replicas.push_back(std::make_unique<NetworkReplica>(
        NetworkReplica{std::move(session), std::move(pictures), std::vector<float>(batch * outputs)}));
  }
  result.threads = replicas[0]->session.threads();
  result.resolution = replicas[0]->session.resolution();
  SINEW_ASSIGN_OR_RETURN(result.load, OfferLoadTo(replicas, options.load));
  result.pictures = static_cast<int64_t>(result.load.latency_seconds.size()) * options.batch;
  return result;
}

Result<BenchResult> BenchPictures(const Model& model, std::span<const EncodedPicture> pictures,
                                  const BenchOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckOptions(options));
  if (options.batch != 1)
    return InvalidArgument("pictures are taken one by one, not {} a call: measure batches with the network alone",
                           options.batch);
  if (pictures.empty()) return InvalidArgument("no picture to measure with");
  BenchResult result;
  std::vector<std::unique_ptr<PictureReplica>> replicas;
  for (int i = 0; i < options.replicas; ++i) {
    const Stopwatch stopwatch;
    SINEW_ASSIGN_OR_RETURN(PoseEstimator estimator, PoseEstimator::Create(model, options.pose));
    if (i == 0) result.create_seconds = stopwatch.Seconds();
    replicas.push_back(std::make_unique<PictureReplica>(std::move(estimator), pictures, static_cast<size_t>(i)));
  }
  // Whatever can fail on a processor fails here: the calls depend on nothing else.
  for (size_t i = 0; i < pictures.size(); ++i) SINEW_RETURN_IF_ERROR(replicas[0]->Call());
  replicas[0]->KeepLast(0);
  result.threads = options.pose.session.device.is_gpu() ? 1
                   : options.pose.session.threads > 0   ? options.pose.session.threads
                                                        : runtime::AvailableProcessors();
  result.resolution = replicas[0]->estimator_.resolution();
  SINEW_ASSIGN_OR_RETURN(result.load, OfferLoadTo(replicas, options.load));
  result.pictures = static_cast<int64_t>(result.load.latency_seconds.size());
  for (auto& replica : replicas)
    replica->KeepLast(std::max<size_t>(replica->read_.size() - static_cast<size_t>(options.load.warmup), 0));
  result.stages = {MedianAcross(replicas, &PictureReplica::read_), MedianAcross(replicas, &PictureReplica::resize_),
                   MedianAcross(replicas, &PictureReplica::network_), MedianAcross(replicas, &PictureReplica::decode_)};
  return result;
}

}  // namespace sinew::measure
