// Tensors to requests, answers to tensors.
#include "oip/infer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/checked_math.h"
#include "base/error.h"
#include "oip/bytes.h"
#include "request_options.h"
#include "results/draw.h"

namespace sinew::server::oip {
namespace {

using serving::BadInput;
using serving::Error;

constexpr size_t kMaxDimensions = 8;

// Parameters that the protocol or its clients set and that change nothing here.
bool IsIgnored(const std::string& name) {
  return name == "binary_data_output" || name == "priority" || name.starts_with("triton_") || name == "content_type";
}

// The protocol's timeout is in microseconds.
Status ReadParameters(const Parameters& parameters, PeopleOptions* options) {
  for (const auto& [name, value] : parameters) {
    if (IsIgnored(name)) continue;
    Status status;
    if (name == "timeout") {
      const double milliseconds = std::strtod(value.c_str(), nullptr) / 1000;
      status = SetOption(name, fmt::format("{:.3f}", milliseconds), options);
    } else if (name == "model" || name == "version" || name == "format" || name == "render" || name == "image_format") {
      status = InvalidArgument("parameter {} has no meaning in an inference request", name);
    } else {
      status = SetOption(name, value, options);
    }
    if (!status.ok()) return Status(StatusCode::kInvalidArgument, status.message());
  }
  return Status();
}

std::optional<Error> CheckOutputs(const InferRequest& request, const std::vector<std::string>& known) {
  for (const std::string& name : request.outputs) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      return BadInput("output \"{}\" is none of the model's: {}", name, fmt::join(known, ", "));
  }
  return std::nullopt;
}

bool IsWanted(const InferRequest& request, const std::string& name) {
  return request.outputs.empty() ||
         std::find(request.outputs.begin(), request.outputs.end(), name) != request.outputs.end();
}

std::optional<Error> CheckInput(const InferRequest& request, const char* name, const char* datatype) {
  if (request.inputs.size() != 1 || request.inputs[0].name != name)
    return BadInput(
        "model {} has one input, \"{}\"; the request has {}", request.model, name,
        request.inputs.size() == 1 ? "\"" + request.inputs[0].name + "\"" : std::to_string(request.inputs.size()));
  const Tensor& input = request.inputs[0];
  if (input.datatype != datatype) return BadInput("input \"{}\" is {}, must be {}", name, input.datatype, datatype);
  if (input.shape.size() > kMaxDimensions) return BadInput("input \"{}\" has {} dimensions", name, input.shape.size());
  for (const int64_t size : input.shape) {
    if (size < 0) return BadInput("input \"{}\" has a negative dimension: {}", name, size);
  }
  return std::nullopt;
}

// One element of BYTES.
std::optional<Error> TakePicture(const Tensor& input, std::string* picture) {
  int64_t count = 1;
  for (const int64_t size : input.shape) {
    if (size != 1) count = 0;
  }
  if (count != 1 || input.shape.empty())
    return BadInput("input \"{}\" must have the shape [1] or [1,1]: one picture a request", input.name);
  uint32_t length = 0;
  if (input.data.size() < sizeof(length))
    return BadInput("input \"{}\" is cut short: {} bytes, a length of 4 comes first", input.name, input.data.size());
  std::memcpy(&length, input.data.data(), sizeof(length));
  if (length != input.data.size() - sizeof(length)) {
    return BadInput("input \"{}\" says that its picture has {} bytes, {} follow", input.name, length,
                    input.data.size() - sizeof(length));
  }
  picture->assign(input.data, sizeof(length));
  return std::nullopt;
}

// The box around the keypoints that were found: x, y, width, height.
std::array<float, 4> BoxAround(const Person& person) {
  float left = 0, top = 0, right = 0, bottom = 0;
  bool any = false;
  for (const Keypoint& keypoint : person.keypoints) {
    if (!results::IsDrawable(keypoint)) continue;
    left = any ? std::min(left, keypoint.x) : keypoint.x;
    top = any ? std::min(top, keypoint.y) : keypoint.y;
    right = any ? std::max(right, keypoint.x) : keypoint.x;
    bottom = any ? std::max(bottom, keypoint.y) : keypoint.y;
    any = true;
  }
  return {left, top, right - left, bottom - top};
}

std::vector<Tensor> PeopleTensors(const InferRequest& request, const results::Record& record, int keypoint_count) {
  const int64_t count = static_cast<int64_t>(record.people.size());
  Tensor keypoints{"keypoints", "FP32", {count, keypoint_count, 3}, ""}, scores{"scores", "FP32", {count}, ""},
      ids{"ids", "INT64", {count}, ""}, boxes{"boxes", "FP32", {count, 4}, ""};
  for (size_t i = 0; i < record.people.size(); ++i) {
    const Person& person = record.people[i];
    for (const Keypoint& keypoint : person.keypoints) {
      for (const float value : {keypoint.x, keypoint.y, keypoint.score}) AppendBytes(value, &keypoints.data);
    }
    AppendBytes(person.score, &scores.data);
    // Without a sequence, nobody is known again.
    AppendBytes(record.person_ids.empty() ? int64_t{-1} : record.person_ids[i], &ids.data);
    for (const float value : BoxAround(person)) AppendBytes(value, &boxes.data);
  }
  std::vector<Tensor> outputs;
  for (Tensor* tensor : {&keypoints, &scores, &ids, &boxes}) {
    if (IsWanted(request, tensor->name)) outputs.push_back(std::move(*tensor));
  }
  return outputs;
}

using Done = std::function<void(InferResponse)>;

InferResponse Failure(const InferRequest& request, Error error) {
  return {std::move(error), request.model, "", request.id, {}};
}

void InferPeople(serving::PoseService* service, std::shared_ptr<InferRequest> request, PeopleOptions options,
                 Done done) {
  std::optional<Error> error = CheckInput(*request, "image", "BYTES");
  if (!error) error = CheckOutputs(*request, {"keypoints", "scores", "ids", "boxes"});
  serving::PeopleRequest asked{std::move(options.request), {""}, {"image"}};
  if (!error) error = TakePicture(request->inputs[0], &asked.pictures[0]);
  if (error) return done(Failure(*request, std::move(*error)));
  request->inputs.clear();
  service->FindPeople(std::move(asked), [request, done = std::move(done)](serving::PeopleAnswer answer) {
    if (answer.error) return done(Failure(*request, std::move(*answer.error)));
    done({std::nullopt, request->model, std::to_string(answer.model->version()), request->id,
          PeopleTensors(*request, answer.records[0], answer.model->description().skeleton.keypoint_count())});
  });
}

void InferMaps(serving::PoseService* service, std::shared_ptr<InferRequest> request, PeopleOptions options, Done done) {
  std::optional<Error> error = CheckInput(*request, "input", "FP32");
  if (!error) error = CheckOutputs(*request, {"maps"});
  const auto model = service->models().Find(options.request.model, options.request.version);
  if (!error && !model.ok()) error = serving::FromModelStatus(model.status());
  serving::MapsRequest asked{std::move(options.request), {}};
  if (!error) {
    const Tensor& input = request->inputs[0];
    const Resolution size = (*model)->resolution();
    std::vector<int64_t> shape = input.shape;
    if (shape.size() == 3) shape.insert(shape.begin(), 1);
    if (shape.size() != 4 || shape[0] < 1 || shape[1] != size.height || shape[2] != size.width || shape[3] != 3) {
      error = BadInput("input \"input\" has the shape [{}], must be [N,{},{},3]", fmt::join(input.shape, ","),
                       size.height, size.width);
    } else if (static_cast<uint64_t>(shape[0]) > service->limits().max_pictures) {
      error = Error{serving::ErrorKind::kTooLarge, fmt::format("{} pictures in one request, at most {} are allowed",
                                                               shape[0], service->limits().max_pictures)};
    } else {
      const size_t values = static_cast<size_t>(shape[0] * shape[1] * shape[2] * shape[3]);
      if (input.data.size() != values * sizeof(float)) {
        error = BadInput("input \"input\" has {} bytes of data, its shape has {}", input.data.size(),
                         values * sizeof(float));
      } else {
        asked.pixels.resize(values);
        std::memcpy(asked.pixels.data(), input.data.data(), input.data.size());
      }
    }
  }
  if (error) return done(Failure(*request, std::move(*error)));
  request->inputs.clear();
  service->ComputeMaps(std::move(asked), [request, done = std::move(done)](serving::MapsAnswer answer) {
    if (answer.error) return done(Failure(*request, std::move(*answer.error)));
    Tensor maps{"maps", "FP32", {answer.pictures, answer.height, answer.width, answer.channels}, ""};
    maps.data.assign(reinterpret_cast<const char*>(answer.maps.data()), answer.maps.size() * sizeof(float));
    std::vector<Tensor> outputs;
    outputs.push_back(std::move(maps));
    done({std::nullopt, request->model, std::to_string(answer.model->version()), request->id, std::move(outputs)});
  });
}

}  // namespace

std::pair<std::string, bool> SplitName(const std::string& name) {
  if (!name.ends_with(kMapsSuffix)) return {name, false};
  return {name.substr(0, name.size() - kMapsSuffix.size()), true};
}

void Infer(serving::PoseService* service, InferRequest request, Done done) {
  PeopleOptions options;
  const Status status = ReadParameters(request.parameters, &options);
  const auto [name, is_maps] = SplitName(request.model);
  if (!status.ok()) return done(Failure(request, serving::FromStatus(status)));
  if (name.empty()) return done(Failure(request, BadInput("the request names no model")));
  options.request.model = name;
  options.request.version = request.version;
  options.request.deadline = std::min(options.request.deadline, request.deadline);
  options.request.cancelled = request.cancelled;
  auto shared = std::make_shared<InferRequest>(std::move(request));
  if (is_maps)
    InferMaps(service, std::move(shared), std::move(options), std::move(done));
  else
    InferPeople(service, std::move(shared), std::move(options), std::move(done));
}

}  // namespace sinew::server::oip
