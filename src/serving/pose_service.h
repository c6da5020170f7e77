// Pictures in, people out, as a service: what all protocols of the server stand on.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/images/image.h"
#include "results/record.h"
#include "results/render.h"
#include "serving/error.h"
#include "serving/models.h"
#include "serving/scheduler.h"
#include "serving/sequences.h"
#include "serving/statistics.h"

namespace sinew::serving {

// What of the finding of people a request may choose; unset: the default.
struct DecodeChoice {
  std::optional<float> peak_threshold, paf_threshold, min_score;
  std::optional<int> min_parts, max_people;
};

// What a request asks for. Who sends pictures without a model gets the first one.
struct RequestOptions {
  std::string model, version;
  DecodeChoice decode;
  std::optional<results::RenderMode> render;  // the picture, drawn on
  bool render_png = false;                    // instead of JPEG
  SequenceStep sequence;
  Clock::time_point deadline = Clock::time_point::max();
  CancelFlag cancelled;
};

struct PeopleRequest {
  RequestOptions options;
  std::vector<std::string> pictures;  // the files' bytes
  std::vector<std::string> names;     // as many; they stand in messages
};

struct PeopleAnswer {
  std::optional<Error> error;
  std::shared_ptr<LoadedModel> model;
  // One a picture. That of a picture that could not be read has an error; where there is but one picture, the whole
  // answer has.
  std::vector<results::Record> records;
  std::string rendered;  // a file's bytes
  StageSeconds seconds;
};

// Tensors to a network, and its maps.
struct MapsRequest {
  RequestOptions options;
  std::vector<float> pixels;  // N x H x W x 3, as the network takes them
};

struct MapsAnswer {
  std::optional<Error> error;
  std::shared_ptr<LoadedModel> model;
  int64_t pictures = 0, height = 0, width = 0, channels = 0;
  std::vector<float> maps;
  StageSeconds seconds;
};

struct ServiceLimits {
  media::ImageLimits image = {.max_pixels = 50'000'000};
  size_t max_pictures = 64;  // of one request
};

// Thread-safe.
class PoseService {
 public:
  struct Options {
    SchedulerOptions scheduler;
    SequenceOptions sequences;
    ServiceLimits limits;
    Device device;
    Precision precision = Precision::kAuto;
  };
  PoseService(const Options& options, std::vector<ModelSource> sources, const service::ModelCache* cache);

  Models& models() { return models_; }
  const Models& models() const { return models_; }
  Scheduler& scheduler() { return scheduler_; }
  const Scheduler& scheduler() const { return scheduler_; }
  const Statistics& statistics() const { return statistics_; }
  const Sequences& sequences() const { return sequences_; }
  const ServiceLimits& limits() const { return options_.limits; }
  // Whether requests can be answered: all models are loaded, or were unloaded on request, and the GPU is there.
  bool IsReady() const { return !device_is_lost_ && models_.IsReady(); }

  // `done` is called exactly once: here, or on a thread of the scheduler's. It must not throw, and should not take
  // long.
  void FindPeople(PeopleRequest request, std::function<void(PeopleAnswer)> done);
  void ComputeMaps(MapsRequest request, std::function<void(MapsAnswer)> done);

 private:
  // A request on its way, with its answer and who is told.
  template <class Request, class Answer>
  struct Job {
    Request request;
    std::function<void(Answer)> done;
    Answer answer = {};
    Clock::time_point asked = Clock::now();
    Result<media::Image> image = media::Image();  // of people: the picture that was read last
  };
  using PeopleJob = Job<PeopleRequest, PeopleAnswer>;
  using MapsJob = Job<MapsRequest, MapsAnswer>;

  // Of people: a task for each picture, one after the other, so that requests of many pictures hold up nobody.
  Task PictureTask(const std::shared_ptr<PeopleJob>& job);
  std::optional<Error> CheckPictures(const PeopleRequest& request) const;
  std::optional<Error> ReadPicture(PeopleJob* job) const;
  std::optional<Error> FindPeopleNow(PeopleJob* job, const Turn& turn);
  std::optional<Error> FindPeopleIn(PeopleJob* job, PoseEstimator* estimator);
  std::optional<Error> ComputeMapsNow(MapsJob* job, const Turn& turn);
  // Of any kind.
  template <class AnyJob>
  void Begin(const std::shared_ptr<AnyJob>& job, std::optional<Error> error, Task task);
  template <class AnyJob>
  Task TaskOf(const std::shared_ptr<AnyJob>& job);
  template <class AnyJob>
  void Finish(AnyJob* job, std::optional<Error> error);

  // What an estimator's or a session's failure means.
  Error FromRun(const Status& status);

  const Options options_;
  std::atomic<bool> device_is_lost_ = false;
  Statistics statistics_;
  Sequences sequences_;
  Models models_;
  Scheduler scheduler_;  // the last: what runs in it uses the others
};

}  // namespace sinew::serving
