// A request's way: find the model, wait for a turn, read, estimate, follow, draw.
#include "serving/pose_service.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/guard.h"
#include "base/stopwatch.h"
#include "media/images/codec.h"

namespace sinew::serving {
namespace {

std::vector<int> SlotThreads(const SchedulerOptions& options) {
  std::vector<int> threads(static_cast<size_t>(std::max(1, options.processors)), 1);
  threads.push_back(std::max(1, options.processors));
  return threads;
}

DecodeOptions Choose(const DecodeChoice& choice) {
  DecodeOptions options;
  options.peak_threshold = choice.peak_threshold.value_or(options.peak_threshold);
  options.paf_threshold = choice.paf_threshold.value_or(options.paf_threshold);
  options.min_score = choice.min_score.value_or(options.min_score);
  options.min_parts = choice.min_parts.value_or(options.min_parts);
  options.max_people = choice.max_people.value_or(options.max_people);
  return options;
}

bool IsCancelled(const CancelFlag& flag) { return flag != nullptr && flag->load(); }

size_t PictureCount(const PeopleAnswer& answer) { return answer.records.size(); }
size_t PictureCount(const MapsAnswer& answer) { return static_cast<size_t>(answer.pictures); }
size_t PeopleCount(const PeopleAnswer& answer) {
  size_t count = 0;
  for (const results::Record& record : answer.records) count += record.people.size();
  return count;
}
size_t PeopleCount(const MapsAnswer&) { return 0; }

}  // namespace

PoseService::PoseService(const Options& options, std::vector<ModelSource> sources, const service::ModelCache* cache)
    : options_(options),
      sequences_(options.sequences),
      models_(std::move(sources), cache, SlotThreads(options.scheduler)),
      scheduler_(options.scheduler) {}

template <class Answer, class Request, class Compute>
void PoseService::Schedule(Request request, std::function<void(Answer)> done, Compute compute) {
  const Clock::time_point asked = Clock::now();
  const auto seconds_since = [asked] { return std::chrono::duration<double>(Clock::now() - asked).count(); };
  auto answer = std::make_shared<Answer>();
  const auto finish = [this, answer, done = std::move(done), seconds_since](std::optional<Error> error) {
    // Names that are not served must not become names of figures: whoever sends them would make them grow.
    const std::string name = answer->model != nullptr ? answer->model->name() : "";
    answer->error = std::move(error);
    if (answer->error)
      statistics_.AddFailure(name, answer->error->kind, seconds_since());
    else
      statistics_.AddSuccess(name, answer->seconds, PictureCount(*answer), PeopleCount(*answer));
    done(std::move(*answer));
  };
  auto model = models_.Find(request.options.model, request.options.version);
  if (!model.ok()) return finish(FromModelStatus(model.status()));
  answer->model = std::move(*model);

  auto shared = std::make_shared<Request>(std::move(request));
  Task task;
  task.deadline = shared->options.deadline;
  task.cancelled = shared->options.cancelled;
  task.drop = finish;
  task.run = [shared, answer, finish, compute, asked](const Turn& turn) {
    answer->seconds.queue = turn.queued_seconds;
    std::optional<Error> error;
    try {
      error = compute(*shared, turn, asked, answer.get());
    } catch (...) {
      error = FromStatus(CurrentExceptionStatus());
    }
    finish(std::move(error));
  };
  if (std::optional<Error> refused = scheduler_.Submit(std::move(task))) finish(std::move(refused));
}

void PoseService::FindPeople(PeopleRequest request, std::function<void(PeopleAnswer)> done) {
  Schedule<PeopleAnswer>(std::move(request), std::move(done),
                         [this](const PeopleRequest& asked_for, const Turn& turn, Clock::time_point asked,
                                PeopleAnswer* answer) { return FindPeopleNow(asked_for, turn, asked, answer); });
}

void PoseService::ComputeMaps(MapsRequest request, std::function<void(MapsAnswer)> done) {
  Schedule<MapsAnswer>(std::move(request), std::move(done),
                       [this](const MapsRequest& asked_for, const Turn& turn, Clock::time_point, MapsAnswer* answer) {
                         return ComputeMapsNow(asked_for, turn, answer);
                       });
}

std::optional<Error> PoseService::FindPeopleNow(const PeopleRequest& request, const Turn& turn, Clock::time_point asked,
                                                PeopleAnswer* answer) {
  const size_t count = request.pictures.size();
  if (count == 0) return BadInput("the request has no picture");
  if (count > options_.limits.max_pictures) {
    return Error{ErrorKind::kTooLarge, fmt::format("{} pictures in one request, at most {} are allowed", count,
                                                   options_.limits.max_pictures)};
  }
  if (count > 1 && request.options.render)
    return BadInput("a request for a drawn picture has one picture, not {}", count);
  if (count > 1 && !request.options.sequence.id.empty())
    return BadInput("a request of a sequence has one picture, not {}", count);
  PoseEstimator& estimator = answer->model->estimator(turn.slot);
  if (const Status status = estimator.SetDecodeOptions(Choose(request.options.decode)); !status.ok())
    return FromStatus(status);
  for (size_t i = 0; i < count; ++i) {
    if (IsCancelled(request.options.cancelled)) return Error{ErrorKind::kCancelled, "whoever asked has gone"};
    results::Record& record = answer->records.emplace_back();
    record.source = request.names[i];
    std::optional<Error> error = FindPeopleIn(request, i, turn, asked, answer);
    if (!error) continue;
    if (count == 1 || error->kind == ErrorKind::kInternal) return error;
    record.error = error->message;
  }
  // Whatever was found with other weights than those that were loaded is worth nothing.
  if (const Status status = answer->model->model().CheckUnchanged(); !status.ok())
    return Error{ErrorKind::kInternal, status.message()};
  return std::nullopt;
}

std::optional<Error> PoseService::FindPeopleIn(const PeopleRequest& request, size_t index, const Turn& turn,
                                               Clock::time_point asked, PeopleAnswer* answer) {
  StageSeconds& seconds = answer->seconds;
  results::Record& record = answer->records.back();
  PoseEstimator& estimator = answer->model->estimator(turn.slot);
  Stopwatch stopwatch;
  const std::string& bytes = request.pictures[index];
  Result<media::Image> image = media::DecodeImage({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()},
                                                  record.source, options_.limits.image);
  seconds.read += stopwatch.Lap();
  if (!image.ok()) return FromStatus(image.status());
  record.width = image->width;
  record.height = image->height;
  auto people = estimator.Estimate(image->view());
  if (!people.ok()) return FromStatus(people.status());
  record.people = std::move(*people);
  seconds.resize += estimator.times().resize;
  seconds.network += estimator.times().network;
  seconds.decode += estimator.times().decode;
  if (!request.options.sequence.id.empty()) {
    auto ids = sequences_.Follow(answer->model->name(), request.options.sequence, asked, record.people,
                                 answer->model->description().skeleton);
    if (!ids.ok() && ids.status().code() == StatusCode::kUnavailable)
      return Error{ErrorKind::kOverloaded, ids.status().message(), 1};
    if (!ids.ok()) return FromStatus(ids.status());
    record.person_ids = std::move(*ids);
  }
  if (!request.options.render) return std::nullopt;
  stopwatch.Lap();
  const results::RenderOptions render{.mode = *request.options.render, .person_ids = !record.person_ids.empty()};
  const auto renderer = results::Renderer::Create(render, answer->model->description());
  if (!renderer.ok()) return FromStatus(renderer.status());
  if (const Status status = renderer->Render(record, estimator.maps(), "", &*image); !status.ok())
    return FromStatus(status);
  Result<std::string> file = request.options.render_png ? media::EncodePng(*image) : media::EncodeJpeg(*image);
  if (!file.ok()) return FromStatus(file.status());
  answer->rendered = std::move(*file);
  seconds.draw += stopwatch.Lap();
  return std::nullopt;
}

std::optional<Error> PoseService::ComputeMapsNow(const MapsRequest& request, const Turn& turn, MapsAnswer* answer) {
  auto found = answer->model->session(turn.slot, turn.threads);
  if (!found.ok()) return FromStatus(found.status());
  Session& session = **found;
  const size_t picture_values = session.input().size();
  if (request.pixels.empty() || request.pixels.size() % picture_values != 0) {
    return BadInput("the input has {} values, must be a multiple of {}: pictures of {}x{}x3", request.pixels.size(),
                    picture_values, session.resolution().height, session.resolution().width);
  }
  const size_t count = request.pixels.size() / picture_values;
  if (count > options_.limits.max_pictures) {
    return Error{ErrorKind::kTooLarge, fmt::format("{} pictures in one request, at most {} are allowed", count,
                                                   options_.limits.max_pictures)};
  }
  const TensorView view = session.output();
  const size_t map_values =
      static_cast<size_t>(view.height) * static_cast<size_t>(view.width) * static_cast<size_t>(view.channels);
  answer->maps.resize(count * map_values);
  Stopwatch stopwatch;
  for (size_t i = 0; i < count; ++i) {
    if (IsCancelled(request.options.cancelled)) return Error{ErrorKind::kCancelled, "whoever asked has gone"};
    const Status status = session.RunBatch(std::span(request.pixels).subspan(i * picture_values, picture_values),
                                           std::span(answer->maps).subspan(i * map_values, map_values));
    if (!status.ok()) return FromStatus(status);
  }
  answer->seconds.network += stopwatch.Lap();
  answer->pictures = static_cast<int64_t>(count);
  answer->height = view.height;
  answer->width = view.width;
  answer->channels = view.channels;
  if (const Status status = answer->model->model().CheckUnchanged(); !status.ok())
    return Error{ErrorKind::kInternal, status.message()};
  return std::nullopt;
}

}  // namespace sinew::serving
