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

// What it throws becomes its error.
template <class F>
std::optional<Error> Guarded(const F& run) {
  try {
    return run();
  } catch (...) {
    return FromStatus(CurrentExceptionStatus());
  }
}

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
      models_(std::move(sources), cache,
              {Scheduler::SlotThreads(options.scheduler), options.device, options.precision}),
      scheduler_(options.scheduler) {}

template <class AnyJob>
void PoseService::Finish(AnyJob* job, std::optional<Error> error) {
  auto& answer = job->answer;
  // Names that are not served must not become names of figures: whoever sends them would make them grow.
  const std::string name = answer.model != nullptr ? answer.model->name() : "";
  answer.error = std::move(error);
  if (answer.error)
    statistics_.AddFailure(name, answer.error->kind, std::chrono::duration<double>(Clock::now() - job->asked).count());
  else
    statistics_.AddSuccess(name, answer.seconds, PictureCount(answer), PeopleCount(answer));
  job->done(std::move(answer));
}

template <class AnyJob>
Task PoseService::TaskOf(const std::shared_ptr<AnyJob>& job) {
  Task task;
  task.deadline = job->request.options.deadline;
  task.cancelled = job->request.options.cancelled;
  task.drop = [this, job](const Error& error) { Finish(job.get(), error); };
  return task;
}

template <class AnyJob>
void PoseService::Begin(const std::shared_ptr<AnyJob>& job, std::optional<Error> error, Task task) {
  auto model = models_.Find(job->request.options.model, job->request.options.version);
  if (!model.ok()) return Finish(job.get(), FromModelStatus(model.status()));
  job->answer.model = std::move(*model);
  if (!error) error = scheduler_.Submit(std::move(task));
  if (error) Finish(job.get(), std::move(error));
}

void PoseService::FindPeople(PeopleRequest request, std::function<void(PeopleAnswer)> done) {
  const auto job = std::make_shared<PeopleJob>(PeopleJob{std::move(request), std::move(done)});
  Begin(job, CheckPictures(job->request), PictureTask(job));
}

void PoseService::ComputeMaps(MapsRequest request, std::function<void(MapsAnswer)> done) {
  const auto job = std::make_shared<MapsJob>(MapsJob{std::move(request), std::move(done)});
  Task task = TaskOf(job);
  task.run = [this, job](const Turn& turn) {
    job->answer.seconds.queue = turn.queued_seconds;
    Finish(job.get(), Guarded([&] { return ComputeMapsNow(job.get(), turn); }));
  };
  Begin(job, std::nullopt, std::move(task));
}

std::optional<Error> PoseService::CheckPictures(const PeopleRequest& request) const {
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
  return std::nullopt;
}

Task PoseService::PictureTask(const std::shared_ptr<PeopleJob>& job) {
  Task task = TaskOf(job);
  task.prepare = [this, job] { return Guarded([&] { return ReadPicture(job.get()); }); };
  task.run = [this, job](const Turn& turn) {
    job->answer.seconds.queue += turn.queued_seconds;
    std::optional<Error> error = Guarded([&] { return FindPeopleNow(job.get(), turn); });
    if (error || job->answer.records.size() == job->request.pictures.size()) return Finish(job.get(), std::move(error));
    scheduler_.Continue(PictureTask(job));
  };
  return task;
}

// The one after those that have been looked at.
std::optional<Error> PoseService::ReadPicture(PeopleJob* job) const {
  const size_t index = job->answer.records.size();
  Stopwatch stopwatch;
  std::string bytes = std::move(job->request.pictures[index]);
  job->image = media::DecodeImage({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()},
                                  job->request.names[index], options_.limits.image);
  job->answer.seconds.read += stopwatch.Lap();
  // One of several has an error of its own.
  if (!job->image.ok() && job->request.pictures.size() == 1) return FromStatus(job->image.status());
  return std::nullopt;
}

std::optional<Error> PoseService::FindPeopleNow(PeopleJob* job, const Turn& turn) {
  PeopleAnswer& answer = job->answer;
  const auto estimator = answer.model->estimator(turn.slot, Choose(job->request.options.decode));
  if (!estimator.ok()) return FromStatus(estimator.status());
  results::Record& record = answer.records.emplace_back();
  record.source = job->request.names[answer.records.size() - 1];
  std::optional<Error> error = FindPeopleIn(job, *estimator);
  job->image = media::Image();
  if (error && (job->request.pictures.size() == 1 || error->kind == ErrorKind::kInternal)) return error;
  if (error) record.error = error->message;
  // Whatever was found with other weights than those that were loaded is worth nothing.
  if (const Status status = answer.model->model().CheckUnchanged(); !status.ok())
    return Error{ErrorKind::kInternal, status.message()};
  return std::nullopt;
}

std::optional<Error> PoseService::FindPeopleIn(PeopleJob* job, PoseEstimator* estimator) {
  if (!job->image.ok()) return FromStatus(job->image.status());
  media::Image& image = *job->image;
  const RequestOptions& options = job->request.options;
  PeopleAnswer& answer = job->answer;
  StageSeconds& seconds = answer.seconds;
  results::Record& record = answer.records.back();
  record.width = image.width;
  record.height = image.height;
  auto people = estimator->Estimate(image.view());
  if (!people.ok()) return FromRun(people.status());
  record.people = std::move(*people);
  seconds.resize += estimator->times().resize;
  seconds.network += estimator->times().network;
  seconds.decode += estimator->times().decode;
  if (!options.sequence.id.empty()) {
    auto ids = sequences_.Follow(answer.model->name(), options.sequence, job->asked, record.people,
                                 answer.model->description().skeleton);
    if (!ids.ok() && ids.status().code() == StatusCode::kUnavailable)
      return Error{ErrorKind::kOverloaded, ids.status().message(), 1};
    if (!ids.ok()) return FromStatus(ids.status());
    record.person_ids = std::move(*ids);
  }
  if (!options.render) return std::nullopt;
  Stopwatch stopwatch;
  const results::RenderOptions render{.mode = *options.render, .person_ids = !record.person_ids.empty()};
  const auto renderer = results::Renderer::Create(render, answer.model->description());
  if (!renderer.ok()) return FromStatus(renderer.status());
  if (const Status status = renderer->Render(record, estimator->maps(), "", &image); !status.ok())
    return FromStatus(status);
  Result<std::string> file = options.render_png ? media::EncodePng(image) : media::EncodeJpeg(image);
  if (!file.ok()) return FromStatus(file.status());
  answer.rendered = std::move(*file);
  seconds.draw += stopwatch.Lap();
  return std::nullopt;
}

// A GPU that is lost stays so: whoever chooses among servers is told that this one is not ready.
Error PoseService::FromRun(const Status& status) {
  if (status.code() != StatusCode::kUnavailable) return FromStatus(status);
  device_is_lost_ = true;
  return {ErrorKind::kInternal, status.message()};
}

std::optional<Error> PoseService::ComputeMapsNow(MapsJob* job, const Turn& turn) {
  const MapsRequest& request = job->request;
  MapsAnswer* const answer = &job->answer;
  auto found = answer->model->session(turn.slot);
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
    if (!status.ok()) return FromRun(status);
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
