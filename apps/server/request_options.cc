// A table of options.
#include "request_options.h"

#include <charconv>
#include <cmath>
#include <functional>

#include "base/error.h"
#include "base/printable.h"

namespace sinew::server {
namespace {

constexpr double kMaxTimeoutMilliseconds = 3600e3;

Result<double> Number(const std::string& text, double low, double high) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= low && value <= high))
    return InvalidArgument("must be a number from {} to {}", low, high);
  return value;
}

Result<int> Whole(const std::string& text, int low, int high) {
  SINEW_ASSIGN_OR_RETURN(const double value, Number(text, low, high));
  if (value != std::floor(value)) return InvalidArgument("must be a whole number");
  return static_cast<int>(value);
}

Result<bool> Truth(const std::string& text) {
  if (text == "1" || text == "true") return true;
  if (text == "0" || text == "false") return false;
  return InvalidArgument("must be 1, 0, true or false");
}

template <class T, class From>
Status Set(Result<From> value, T* target) {
  if (!value.ok()) return value.status();
  *target = static_cast<T>(*value);
  return Status();
}

template <class From>
Status Set(Result<From> value, std::optional<float>* target) {
  if (!value.ok()) return value.status();
  *target = static_cast<float>(*value);
  return Status();
}

Status SetRender(const std::string& value, serving::RequestOptions* request) {
  using results::RenderMode;
  if (value == "0" || value == "false") return request->render.reset(), Status();
  if (value == "1" || value == "true" || value == "skeleton")
    request->render = RenderMode::kSkeleton;
  else if (value == "heatmap")
    request->render = RenderMode::kHeatmap;
  else if (value == "paf")
    request->render = RenderMode::kPaf;
  else if (value == "quad")
    request->render = RenderMode::kQuad;
  else
    return InvalidArgument("must be 1, skeleton, heatmap, paf, quad or 0");
  return Status();
}

Status SetTimeout(const std::string& value, serving::RequestOptions* request) {
  SINEW_ASSIGN_OR_RETURN(const double milliseconds, Number(value, 0, kMaxTimeoutMilliseconds));
  if (milliseconds > 0) {
    request->deadline = serving::Clock::now() + std::chrono::microseconds(static_cast<int64_t>(milliseconds * 1000));
  }
  return Status();
}

Status OneOf(const std::string& value, const char* when_false, const char* when_true, bool* target) {
  if (value != when_false && value != when_true) return InvalidArgument("must be {} or {}", when_false, when_true);
  *target = value == when_true;
  return Status();
}

struct Option {
  const char* name;
  Status (*set)(const std::string& value, PeopleOptions* options);
};

constexpr Option kOptions[] = {
    {"model", [](const std::string& v, PeopleOptions* o) { return o->request.model = v, Status(); }},
    {"version", [](const std::string& v, PeopleOptions* o) { return o->request.version = v, Status(); }},
    {"format", [](const std::string& v, PeopleOptions* o) { return OneOf(v, "sinew", "openpose", &o->openpose); }},
    {"boxes", [](const std::string& v, PeopleOptions* o) { return Set(Truth(v), &o->boxes); }},
    {"render", [](const std::string& v, PeopleOptions* o) { return SetRender(v, &o->request); }},
    {"image_format",
     [](const std::string& v, PeopleOptions* o) { return OneOf(v, "jpg", "png", &o->request.render_png); }},
    {"threshold",
     [](const std::string& v, PeopleOptions* o) { return Set(Number(v, 0, 1), &o->request.decode.peak_threshold); }},
    {"paf_threshold",
     [](const std::string& v, PeopleOptions* o) { return Set(Number(v, 0, 1), &o->request.decode.paf_threshold); }},
    {"min_score",
     [](const std::string& v, PeopleOptions* o) { return Set(Number(v, 0, 1000), &o->request.decode.min_score); }},
    {"min_parts", [](const std::string& v,
                     PeopleOptions* o) { return Set(Whole(v, 1, kMaxKeypoints), &o->request.decode.min_parts); }},
    {"max_people",
     [](const std::string& v, PeopleOptions* o) { return Set(Whole(v, 0, 1'000'000), &o->request.decode.max_people); }},
    {"timeout", [](const std::string& v, PeopleOptions* o) { return SetTimeout(v, &o->request); }},
    {"sequence_id", [](const std::string& v, PeopleOptions* o) { return o->request.sequence.id = v, Status(); }},
    {"sequence_start",
     [](const std::string& v, PeopleOptions* o) { return Set(Truth(v), &o->request.sequence.start); }},
    {"sequence_end", [](const std::string& v, PeopleOptions* o) { return Set(Truth(v), &o->request.sequence.end); }},
};

}  // namespace

Status SetOption(const std::string& name, const std::string& value, PeopleOptions* options) {
  for (const Option& option : kOptions) {
    if (name != option.name) continue;
    const Status status = option.set(value, options);
    return status.ok() ? status
                       : InvalidArgument("{} is \"{}\": {}", name, Printable(value.substr(0, 80)), status.message());
  }
  std::string names;
  for (const Option& option : kOptions) names += fmt::format("{}{}", names.empty() ? "" : ", ", option.name);
  return NotFound("\"{}\" is no option; there is {}", Printable(name.substr(0, 80)), names);
}

Result<PeopleOptions> ReadOptions(const NamedValues& query) {
  PeopleOptions options;
  for (const auto& [name, value] : query) {
    const Status status = SetOption(name, value, &options);
    if (!status.ok()) return Status(StatusCode::kInvalidArgument, status.message());
  }
  const serving::SequenceStep& sequence = options.request.sequence;
  if (sequence.id.empty() && (sequence.start || sequence.end))
    return InvalidArgument("sequence_start and sequence_end need a sequence_id");
  return options;
}

}  // namespace sinew::server
