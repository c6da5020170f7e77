// Pictures in, people out, as a service: what all protocols of the server stand on.
#pragma once

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
  };
  PoseService(const Options& options, std::vector<ModelSource> sources, const service::ModelCache* cache);

  Models& models() { return models_; }
  const Models& models() const { return models_; }
  Scheduler& scheduler() { return scheduler_; }
  const Scheduler& scheduler() const { return scheduler_; }
  const Statistics& statistics() const { return statistics_; }
  const Sequences& sequences() const { return sequences_; }
  const ServiceLimits& limits() const { return options_.limits; }

  // `done` is called exactly once: here, or on a thread of the scheduler's. It must not throw, and should not take
  // long.
  void FindPeople(PeopleRequest request, std::function<void(PeopleAnswer)> done);
  void ComputeMaps(MapsRequest request, std::function<void(MapsAnswer)> done);

 private:
  std::optional<Error> FindPeopleNow(const PeopleRequest& request, const Turn& turn, Clock::time_point asked,
                                     PeopleAnswer* answer);
  std::optional<Error> FindPeopleIn(const PeopleRequest& request, size_t index, const Turn& turn,
                                    Clock::time_point asked, PeopleAnswer* answer);
  std::optional<Error> ComputeMapsNow(const MapsRequest& request, const Turn& turn, MapsAnswer* answer);
  template <class Answer, class Request, class Compute>
  void Schedule(Request request, std::function<void(Answer)> done, Compute compute);

  const Options options_;
  Statistics statistics_;
  Sequences sequences_;
  Models models_;
  Scheduler scheduler_;  // the last: what runs in it uses the others
};

}  // namespace sinew::serving
