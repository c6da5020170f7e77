// The plain way: pictures in, people out.
#include <cmath>

#include "base/error.h"
#include "base/printable.h"
#include "errors.h"
#include "http/api.h"
#include "http/multipart.h"
#include "results/json_people.h"
#include "results/jsonl.h"
#include "results/openpose_json.h"
#include "service/resolution_text.h"

namespace sinew::server {
namespace {

using results::Json;

constexpr size_t kMaxNameBytes = 256;

// A name for messages and records: what the sender calls the file.
std::string PictureName(const std::string& given, size_t index) {
  return given.empty() ? fmt::format("picture {}", index) : Printable(given.substr(0, kMaxNameBytes));
}

Status TakePictures(HttpRequest* request, size_t max_pictures, serving::PeopleRequest* asked) {
  const std::string_view content_type = request->Header("content-type");
  if (!IsMultipart(content_type)) {
    if (request->body.empty())
      return InvalidArgument("the body is empty: it must be a picture, as in curl --data-binary @photo.jpg");
    asked->pictures.push_back(std::move(request->body));
    asked->names.push_back("picture");
    return Status();
  }
  SINEW_ASSIGN_OR_RETURN(const std::vector<Part> parts, ParseMultipart(content_type, request->body, max_pictures));
  for (const Part& part : parts) {
    asked->pictures.emplace_back(part.body);
    asked->names.push_back(PictureName(part.file_name.empty() ? part.name : part.file_name, asked->names.size()));
  }
  if (asked->pictures.empty()) return InvalidArgument("the body has no parts: each is to be a picture");
  request->body.clear();
  request->body.shrink_to_fit();
  return Status();
}

double Milliseconds(double seconds) { return std::round(seconds * 1e6) / 1e3; }

// Of Server-Timing: browsers show it beside their own.
std::string ServerTiming(const serving::StageSeconds& seconds) {
  return fmt::format(
      "queue;dur={:.3f}, read;dur={:.3f}, resize;dur={:.3f}, network;dur={:.3f}, decode;dur={:.3f}, draw;dur={:.3f}",
      seconds.queue * 1e3, seconds.read * 1e3, seconds.resize * 1e3, seconds.network * 1e3, seconds.decode * 1e3,
      seconds.draw * 1e3);
}

HttpResponse Answer(const serving::PeopleAnswer& answer, const PeopleOptions& options, bool is_list) {
  HttpResponse response;
  response.headers.emplace_back("Server-Timing", ServerTiming(answer.seconds));
  if (options.request.render) {
    response.content_type = options.request.render_png ? "image/png" : "image/jpeg";
    response.body = answer.rendered;
    return response;
  }
  if (!is_list) {
    response.body = PeopleJson(answer, 0, options);
    return response;
  }
  response.body = fmt::format("{{\"model\":{},\"milliseconds\":{},\"pictures\":[", Json(answer.model->name()).dump(),
                              TimesJson(answer.seconds));
  for (size_t i = 0; i < answer.records.size(); ++i) {
    std::string record =
        options.openpose ? results::ToOpenPoseJson(answer.records[i])
                         : results::ToJsonLine(answer.records[i], {.boxes = options.boxes,
                                                                   .skeleton = answer.model->description().skeleton});
    record.pop_back();  // the line end
    response.body += (i == 0 ? "" : ",") + record;
  }
  response.body += "]}\n";
  return response;
}

}  // namespace

std::string TimesJson(const serving::StageSeconds& seconds) {
  const Json json = {{"queue", Milliseconds(seconds.queue)},   {"read", Milliseconds(seconds.read)},
                     {"resize", Milliseconds(seconds.resize)}, {"network", Milliseconds(seconds.network)},
                     {"decode", Milliseconds(seconds.decode)}, {"draw", Milliseconds(seconds.draw)}};
  return json.dump();
}

std::string PeopleJson(const serving::PeopleAnswer& answer, size_t index, const PeopleOptions& options) {
  const results::JsonOptions json{.boxes = options.boxes, .skeleton = answer.model->description().skeleton};
  if (options.openpose) return results::ToOpenPoseJson(answer.records[index], json);
  // The record's members follow those of the answer.
  const std::string record = results::ToJsonLine(answer.records[index], json);
  return fmt::format("{{\"model\":{},\"milliseconds\":{},{}", Json(answer.model->name()).dump(),
                     TimesJson(answer.seconds), std::string_view(record).substr(1));
}

void HandlePeople(serving::PoseService* service, const std::shared_ptr<HttpRequest>& request, Respond respond) {
  Result<PeopleOptions> options = ReadOptions(request->query);
  if (!options.ok()) return respond(ErrorResponse(serving::FromStatus(options.status())));
  serving::PeopleRequest asked;
  const bool is_list = IsMultipart(request->Header("content-type"));
  const Status status = TakePictures(request.get(), service->limits().max_pictures, &asked);
  if (!status.ok()) return respond(ErrorResponse(serving::FromStatus(status)));
  asked.options = options->request;
  asked.options.cancelled = request->cancelled;
  service->FindPeople(std::move(asked), [options = std::move(*options), is_list,
                                         respond = std::move(respond)](serving::PeopleAnswer answer) {
    respond(answer.error ? ErrorResponse(*answer.error) : Answer(answer, options, is_list));
  });
}

HttpResponse DescribeModels(const serving::PoseService& service) {
  const DecodeOptions defaults;
  Json models = Json::array();
  for (const serving::ModelState& state : service.models().States()) {
    const auto model = service.models().Find(state.name);
    Json json;
    json["name"] = state.name;
    json["ready"] = model.ok();
    if (model.ok()) {
      const Skeleton& skeleton = (*model)->description().skeleton;
      json["version"] = (*model)->version();
      json["resolution"] = service::ToString((*model)->resolution());
      json["skeleton"] = skeleton.name;
      json["keypoints"] = Json::array();
      for (const SkeletonKeypoint& keypoint : skeleton.keypoints)
        json["keypoints"].push_back(
            {{"name", keypoint.name}, {"color", {keypoint.color.r, keypoint.color.g, keypoint.color.b}}});
      json["limbs"] = Json::array();
      for (const Limb& limb : skeleton.limbs) {
        if (limb.in_tree) json["limbs"].push_back({limb.from, limb.to});
      }
    }
    models.push_back(std::move(json));
  }
  Json document;
  document["models"] = std::move(models);
  document["defaults"] = {{"threshold", std::round(defaults.peak_threshold * 1000.0) / 1000},
                          {"paf_threshold", std::round(defaults.paf_threshold * 1000.0) / 1000},
                          {"min_score", std::round(defaults.min_score * 1000.0) / 1000},
                          {"min_parts", defaults.min_parts},
                          {"max_people", defaults.max_people}};
  return {200, "application/json", results::ToLine(document), {}};
}

}  // namespace sinew::server
