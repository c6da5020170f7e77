// Calls with and without recording in turns, and what becomes of their times.
#include "measure/profile.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <random>

#include "base/error.h"
#include "base/stopwatch.h"
#include "measure/gpu_steps.h"
#include "measure/step_recorder.h"
#include "media/images/image.h"
#include "results/draw.h"
#include "runtime/model_access.h"

namespace sinew::measure {
namespace {

using Clock = std::chrono::steady_clock;

// A part of one call.
struct Lap {
  const char* name;
  double seconds;
};

// What one call reports: its parts but for those of the network, and where the network stands among them.
struct CallTimes {
  std::vector<Lap> before, after;
  Clock::time_point begin;
  // The network's, where it does not run step by step: on a GPU.
  std::optional<double> network_seconds;
};
using Call = std::function<Result<CallTimes>(size_t index, const RunHooks& hooks)>;

Status CheckOptions(const ProfileOptions& options) {
  constexpr int kMostCalls = 1'000'000;
  if (options.repeats < 1 || options.repeats > kMostCalls)
    return InvalidArgument("{} repeats: give 1 to {}", options.repeats, kMostCalls);
  if (options.warmup < 0 || options.warmup > kMostCalls)
    return InvalidArgument("{} calls to warm up: give 0 to {}", options.warmup, kMostCalls);
  if (options.pose.flip_average || !options.pose.more_scales.empty())
    return Unsupported("a profile is of one look at each picture: leave out further scales and the mirrored picture");
  return Status();
}

Clock::duration ToDuration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// Times of stages, call by call.
class StageTable {
 public:
  // Adds a call that took `wall` seconds; what its laps do not explain is its last stage.
  void AddCall(const std::vector<Lap>& laps, double wall) {
    double unexplained = wall;
    size_t index = 0;
    const auto add = [&](const char* name, double seconds) {
      if (index == names_.size()) {
        names_.push_back(name);
        seconds_.emplace_back();
      }
      seconds_[index++].push_back(seconds);
    };
    for (const Lap& lap : laps) {
      add(lap.name, lap.seconds);
      unexplained -= lap.seconds;
    }
    add("unexplained", unexplained);
  }
  std::vector<StageProfile> Summaries() const {
    std::vector<StageProfile> stages;
    for (size_t i = 0; i < names_.size(); ++i) stages.push_back({names_[i], Summarise(seconds_[i])});
    return stages;
  }

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<double>> seconds_;
};

void AddSpans(const CallTimes& call, const std::vector<Lap>& laps, const std::vector<StepPart>& parts,
              const program::PlanT& plan, std::vector<Span>* spans) {
  Clock::time_point begin = call.begin;
  for (const Lap& lap : laps) {
    const Clock::time_point end = begin + ToDuration(lap.seconds);
    spans->push_back({lap.name, "stage", 0, begin, end});
    begin = end;
  }
  for (const StepPart& part : parts) {
    const program::StepT& step = *plan.steps[part.step];
    spans->push_back({step.name, step.algorithm, part.thread, part.begin, part.end});
  }
}

std::vector<StepProfile> ProfileSteps(const Model& model, const program::PlanT& plan, const StepRecorder& recorder,
                                      int threads, const std::function<double(size_t)>& multiply_adds) {
  std::vector<StepProfile> profiles;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const program::StepT& step = *plan.steps[i];
    const StepRecorder::Step& times = recorder.steps()[i];
    StepProfile profile;
    profile.name = step.name;
    profile.kind = program::KindName(step);
    profile.algorithm = step.algorithm;
    profile.seconds = Summarise(times.seconds);
    const double thread_seconds = profile.seconds.mean * static_cast<double>(profile.seconds.count) * threads;
    profile.idle_share = thread_seconds > 0 ? std::max(0.0, 1 - times.busy_seconds / thread_seconds) : 0;
    profile.direct_multiply_adds = static_cast<double>(step.multiply_adds);
    profile.multiply_adds = multiply_adds(i);
    profile.figures = MakeStepFigures(step, runtime::ModelAccess::artifact(model));
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

// `session` is one like that which the calls use.
Result<Profile> ProfileCalls(const Model& model, const Session& session, const ProfileOptions& options,
                             const Call& call) {
  const program::PlanT& plan = *FindPlan(model, session.resolution());
  const int threads = session.threads();
  Profile profile;
  profile.resolution = session.resolution();
  profile.threads = threads;
  profile.arena_bytes = plan.arena_bytes;
  profile.repeats = options.repeats;
  profile.weight_bytes = model.weight_bytes();
  for (int i = 0; i < options.warmup; ++i) SINEW_RETURN_IF_ERROR(call(static_cast<size_t>(i), {}).status());
  const bool on_gpu = session.device().is_gpu();
  StepRecorder recorder(plan.steps.size(), threads);
  StageTable stages;
  std::vector<double> wall, plain;
  const auto measure_plain = [&](size_t index) -> Status {
    Stopwatch stopwatch;
    SINEW_RETURN_IF_ERROR(call(index, {}).status());
    plain.push_back(stopwatch.Lap());
    return Status();
  };
  const auto measure_profiled = [&](size_t index) -> Status {
    const RunHooks hooks = recorder.hooks();
    Stopwatch stopwatch;
    SINEW_ASSIGN_OR_RETURN(const CallTimes times, call(index, hooks));
    wall.push_back(stopwatch.Lap());
    StepRecorder::Run run{.steps_seconds = times.network_seconds.value_or(0)};
    if (!on_gpu) run = recorder.FinishRun();
    std::vector<Lap> laps = times.before;
    laps.push_back({"network", run.steps_seconds - run.waiting_seconds});
    if (!on_gpu) laps.push_back({"waiting for threads", run.waiting_seconds});
    laps.insert(laps.end(), times.after.begin(), times.after.end());
    stages.AddCall(laps, wall.back());
    if (static_cast<int>(wall.size()) <= options.traced_calls) {
      std::vector<Lap> sequence = times.before;
      sequence.push_back({"network", run.steps_seconds});
      sequence.insert(sequence.end(), times.after.begin(), times.after.end());
      AddSpans(times, sequence, recorder.parts(), plan, &profile.spans);
    }
    return Status();
  };
  for (size_t i = 0; i < static_cast<size_t>(options.repeats); ++i) {
    // Each comes first every other time, so that neither has the warmer caches.
    if (i % 2 == 0) SINEW_RETURN_IF_ERROR(measure_plain(i));
    SINEW_RETURN_IF_ERROR(measure_profiled(i));
    if (i % 2 != 0) SINEW_RETURN_IF_ERROR(measure_plain(i));
  }
  profile.wall = Summarise(wall);
  profile.plain = Summarise(plain);
  profile.stages = stages.Summaries();
  if (on_gpu) {
    SINEW_ASSIGN_OR_RETURN(profile.steps, ProfileGpuSteps(model, options.pose.session, options.repeats));
    return profile;
  }
  profile.steps =
      ProfileSteps(model, plan, recorder, threads, [&](size_t step) { return session.step_multiply_adds(step); });
  return profile;
}

// A picture's way, in a folder of its own for what is written.
class PictureCall {
 public:
  static Result<PictureCall> Create(const Model& model, const PoseOptions& options,
                                    std::span<const std::filesystem::path> pictures) {
    SINEW_ASSIGN_OR_RETURN(PoseEstimator estimator, PoseEstimator::Create(model, options));
    std::error_code error;
    const std::filesystem::path output =
        std::filesystem::temp_directory_path(error) / fmt::format("sinew-profile-{}.jpg", std::random_device{}());
    if (error) return IoError("no folder for temporary files: {}", error.message());
    return PictureCall(std::move(estimator), pictures, output);
  }
  PictureCall(PictureCall&&) = default;
  ~PictureCall() {
    std::error_code ignored;
    if (!output_.empty()) std::filesystem::remove(output_, ignored);
  }

  Result<CallTimes> operator()(size_t index, const RunHooks& hooks) {
    CallTimes times;
    times.begin = Clock::now();
    Stopwatch stopwatch;
    SINEW_ASSIGN_OR_RETURN(media::Image image, media::ReadImage(pictures_[index % pictures_.size()]));
    times.before.push_back({"read", stopwatch.Lap()});
    SINEW_ASSIGN_OR_RETURN(const std::vector<Person> people, estimator_.Estimate(image.view(), hooks));
    stopwatch.Lap();
    const PoseTimes& pose = estimator_.times();
    times.before.push_back({"resize", pose.resize});
    times.network_seconds = pose.network;
    times.after = {{"upsample and smooth", pose.decode_parts.smoothing},
                   {"peaks", pose.decode_parts.peaks},
                   {"limbs", pose.decode_parts.limbs},
                   {"assembly", pose.decode_parts.assembly}};
    results::DrawPeople(people, estimator_.description().skeleton, &image);
    times.after.push_back({"draw", stopwatch.Lap()});
    SINEW_RETURN_IF_ERROR(media::WriteImage(output_, image, {.sync = false}));
    times.after.push_back({"encode and write", stopwatch.Lap()});
    return times;
  }

 private:
  PictureCall(PoseEstimator estimator, std::span<const std::filesystem::path> pictures, std::filesystem::path output)
      : estimator_(std::move(estimator)), pictures_(pictures), output_(std::move(output)) {}

  PoseEstimator estimator_;
  std::span<const std::filesystem::path> pictures_;
  std::filesystem::path output_;
};

}  // namespace

Result<Profile> ProfileNetwork(const Model& model, const ProfileOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckOptions(options));
  SINEW_ASSIGN_OR_RETURN(Session session, Session::Create(model, options.pose.session));
  std::vector<float> picture(session.input().size());
  std::mt19937 random(1);
  for (float& value : picture) value = static_cast<float>(random() % 256);
  const Call call = [&](size_t, const RunHooks& hooks) -> Result<CallTimes> {
    CallTimes times;
    times.begin = Clock::now();
    Stopwatch stopwatch;
    std::copy(picture.begin(), picture.end(), session.input().begin());
    times.before.push_back({"input", stopwatch.Lap()});
    SINEW_RETURN_IF_ERROR(session.Run(hooks));
    times.network_seconds = stopwatch.Lap();
    return times;
  };
  return ProfileCalls(model, session, options, call);
}

Result<Profile> ProfilePictures(const Model& model, std::span<const std::filesystem::path> pictures,
                                const ProfileOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckOptions(options));
  if (pictures.empty()) return InvalidArgument("no picture to profile");
  SINEW_ASSIGN_OR_RETURN(PictureCall call, PictureCall::Create(model, options.pose, pictures));
  SINEW_ASSIGN_OR_RETURN(const Session session, Session::Create(model, options.pose.session));
  return ProfileCalls(model, session, options, [&](size_t index, const RunHooks& hooks) { return call(index, hooks); });
}

}  // namespace sinew::measure
