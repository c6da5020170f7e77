// The Open Inference Protocol, version 2, over HTTP: everything below /v2.
#include <charconv>

#include "base/error.h"
#include "base/guard.h"
#include "errors.h"
#include "http/api.h"
#include "oip/describe.h"
#include "oip/json.h"
#include "results/json_people.h"
#include "service/resolution_text.h"
#include "sinew/version.h"

namespace sinew::server {
namespace {

using results::Json;

HttpResponse JsonResponse(const Json& json) { return {200, "application/json", results::ToLine(json), {}}; }

HttpResponse ServerMetadata() {
  return JsonResponse({{"name", oip::kServerName}, {"version", kVersion}, {"extensions", oip::Extensions()}});
}

Json TensorsJson(const std::vector<oip::TensorMetadata>& tensors) {
  Json list = Json::array();
  for (const oip::TensorMetadata& tensor : tensors)
    list.push_back({{"name", tensor.name}, {"datatype", tensor.datatype}, {"shape", tensor.shape}});
  return list;
}

HttpResponse MetadataResponse(const oip::ModelMetadata& metadata) {
  Json json;
  json["name"] = metadata.name;
  json["versions"] = metadata.versions;
  json["platform"] = metadata.platform;
  json["inputs"] = TensorsJson(metadata.inputs);
  json["outputs"] = TensorsJson(metadata.outputs);
  return JsonResponse(json);
}

// As Triton's configurations have it.
Json ConfigTensors(const std::vector<oip::TensorMetadata>& tensors) {
  Json list = Json::array();
  for (const oip::TensorMetadata& tensor : tensors) {
    const std::string type = tensor.datatype == "BYTES" ? "TYPE_STRING" : "TYPE_" + tensor.datatype;
    list.push_back({{"name", tensor.name}, {"data_type", type}, {"dims", tensor.shape}});
  }
  return list;
}

HttpResponse ConfigResponse(const serving::PoseService& service, const oip::ModelMetadata& metadata) {
  Json json;
  json["name"] = metadata.name;
  json["platform"] = metadata.platform;
  json["backend"] = oip::kServerName;
  json["max_batch_size"] = 0;
  json["input"] = ConfigTensors(metadata.inputs);
  json["output"] = ConfigTensors(metadata.outputs);
  const auto model = service.models().Find(oip::SplitName(metadata.name).first);
  if (model.ok()) {
    std::string names;
    for (const SkeletonKeypoint& keypoint : (*model)->description().skeleton.keypoints)
      names += (names.empty() ? "" : ",") + keypoint.name;
    json["parameters"]["resolution"]["string_value"] = service::ToString((*model)->resolution());
    json["parameters"]["keypoints"]["string_value"] = names;
  }
  return JsonResponse(json);
}

Json Duration(uint64_t count, double seconds) {
  return {{"count", count}, {"ns", static_cast<uint64_t>(seconds * 1e9)}};
}

HttpResponse StatisticsResponse(const serving::PoseService& service, const std::string& wanted) {
  const auto figures = service.statistics().Figures();
  Json list = Json::array();
  for (const serving::ModelState& state : service.models().States()) {
    if (!wanted.empty() && state.name != oip::SplitName(wanted).first) continue;
    const auto found = figures.find(state.name);
    const serving::ModelFigures model = found == figures.end() ? serving::ModelFigures() : found->second;
    Json json;
    json["name"] = state.name;
    json["version"] = std::to_string(state.version);
    json["last_inference"] = model.last_milliseconds;
    json["inference_count"] = model.pictures;
    json["execution_count"] = model.pictures;
    json["inference_stats"] = {{"success", Duration(model.succeeded, model.succeeded_seconds)},
                               {"fail", Duration(model.failed, model.failed_seconds)},
                               {"queue", Duration(model.succeeded, model.stages.queue)},
                               {"compute_input", Duration(model.succeeded, model.stages.read + model.stages.resize)},
                               {"compute_infer", Duration(model.succeeded, model.stages.network)},
                               {"compute_output", Duration(model.succeeded, model.stages.decode + model.stages.draw)}};
    json["batch_stats"] = Json::array();
    list.push_back(std::move(json));
  }
  return JsonResponse({{"model_stats", std::move(list)}});
}

Result<std::optional<size_t>> JsonSize(const HttpRequest& request) {
  const std::string_view text = request.Header("inference-header-content-length");
  if (text.empty()) return std::optional<size_t>();
  size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size())
    return InvalidArgument("Inference-Header-Content-Length is not a number of bytes");
  return std::optional<size_t>(size);
}

// What of a body is JSON; more than this is parsed away from the connections' threads.
constexpr size_t kMuchJson = size_t{64} << 10;

void ParseAndInfer(serving::PoseService* service, const std::string& model, const std::string& version,
                   std::optional<size_t> json_size, HttpRequest* request, Respond respond) {
  Result<oip::ParsedRequest> parsed = oip::ParseRequest(request->body, json_size);
  if (!parsed.ok()) return respond(ErrorResponse(serving::FromStatus(parsed.status())));
  request->body.clear();
  request->body.shrink_to_fit();
  parsed->request.model = model;
  parsed->request.version = version;
  parsed->request.cancelled = request->cancelled;
  oip::Infer(service, std::move(parsed->request),
             [binary = std::move(parsed->binary), respond = std::move(respond)](oip::InferResponse inferred) {
               if (inferred.error) return respond(ErrorResponse(*inferred.error));
               oip::WrittenResponse written = oip::WriteResponse(inferred, binary);
               HttpResponse response{200, "application/json", std::move(written.body), {}};
               if (written.json_size) {
                 response.content_type = "application/octet-stream";
                 response.headers.emplace_back("Inference-Header-Content-Length", std::to_string(*written.json_size));
               }
               respond(std::move(response));
             });
}

void HandleInfer(Api* api, const std::string& model, const std::string& version,
                 const std::shared_ptr<HttpRequest>& request, Respond respond) {
  const auto json_size = JsonSize(*request);
  if (!json_size.ok()) return respond(ErrorResponse(serving::FromStatus(json_size.status())));
  if (json_size->value_or(request->body.size()) <= kMuchJson)
    return ParseAndInfer(api->service(), model, version, *json_size, request.get(), std::move(respond));
  const bool started = api->Parse([service = api->service(), model, version, size = *json_size, request, respond] {
    const Status status =
        CatchAll([&] { return ParseAndInfer(service, model, version, size, request.get(), respond), Status(); });
    if (!status.ok()) respond(ErrorResponse(serving::FromStatus(status)));
  });
  if (!started)
    respond(ErrorResponse(serving::Error{serving::ErrorKind::kOverloaded, "too many large JSON requests wait", 1}));
}

HttpResponse RepositoryIndex(const serving::PoseService& service, const HttpRequest& request) {
  bool ready_only = false;
  if (!request.body.empty()) {
    const Json json = Json::parse(request.body, nullptr, false);
    if (!json.is_object()) return ErrorResponse(400, "the body is not a JSON object");
    ready_only = json.contains("ready") && json["ready"] == true;
  }
  Json list = Json::array();
  for (const oip::RepositoryEntry& entry : oip::Repository(service, ready_only))
    list.push_back(
        {{"name", entry.name}, {"version", entry.version}, {"state", entry.state}, {"reason", entry.reason}});
  return JsonResponse(list);
}

void ChangeModel(Api* api, const std::string& name, bool load, Respond respond) {
  const bool started = api->ChangeModel(oip::SplitName(name).first, load, [respond](const Status& status) {
    respond(status.ok() ? JsonResponse(Json::object()) : ErrorResponse(serving::FromStatus(status)));
  });
  if (!started)
    respond(ErrorResponse(serving::Error{serving::ErrorKind::kOverloaded, "too many loads are waiting", 5}));
}

std::vector<std::string> Split(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const size_t end = path.find('/');
    parts.emplace_back(path.substr(0, end));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
  }
  return parts;
}

HttpResponse Nothing() { return ErrorResponse(404, "there is nothing at this path: /openapi.json says what there is"); }

HttpResponse Health(bool good) { return good ? JsonResponse(Json::object()) : ErrorResponse(503, "is not ready"); }

// /v2/models/NAME[/versions/V][/ready|/config|/stats|/infer]
void HandleModel(Api* api, const std::vector<std::string>& parts, const std::shared_ptr<HttpRequest>& request,
                 Respond respond) {
  serving::PoseService* const service = api->service();
  const std::string name = parts[2];
  std::string version, action;
  size_t next = 3;
  if (parts.size() > 4 && parts[3] == "versions") {
    version = parts[4];
    next = 5;
  }
  if (parts.size() > next) action = parts[next];
  if (parts.size() > next + 1) return respond(Nothing());
  const bool is_post = request->method == "POST";
  if (action == "infer") {
    if (!is_post) return respond(ErrorResponse(405, "infer answers POST only"));
    return HandleInfer(api, name, version, request, std::move(respond));
  }
  if (is_post) return respond(ErrorResponse(405, "this path answers GET only"));
  const auto metadata = oip::DescribeModel(*service, name, version);
  if (action == "ready")
    return respond(metadata.ok() ? Health(true) : ErrorResponse(serving::FromModelStatus(metadata.status())));
  if (!metadata.ok()) return respond(ErrorResponse(serving::FromModelStatus(metadata.status())));
  if (action.empty()) return respond(MetadataResponse(*metadata));
  if (action == "config") return respond(ConfigResponse(*service, *metadata));
  if (action == "stats") return respond(StatisticsResponse(*service, name));
  respond(Nothing());
}

}  // namespace

void HandleInferenceProtocol(Api* api, bool allow_model_control, const std::shared_ptr<HttpRequest>& request,
                             Respond respond) {
  serving::PoseService* const service = api->service();
  const std::string& path = request->path;
  if (path == "/v2" || path == "/v2/") return respond(ServerMetadata());
  if (path == "/v2/health/live") return respond(Health(true));
  if (path == "/v2/health/ready") return respond(Health(api->is_ready()));
  if (path == "/v2/models/stats") return respond(StatisticsResponse(*service, ""));
  const std::vector<std::string> parts = Split(std::string_view(path).substr(1));
  if (parts.size() >= 3 && parts[1] == "models" && !parts[2].empty())
    return HandleModel(api, parts, request, std::move(respond));
  if (parts.size() >= 3 && parts[1] == "repository") {
    if (request->method != "POST") return respond(ErrorResponse(405, "the repository answers POST only"));
    if (parts.size() == 3 && parts[2] == "index") return respond(RepositoryIndex(*service, *request));
    if (parts.size() == 5 && parts[2] == "models" && (parts[4] == "load" || parts[4] == "unload")) {
      if (!allow_model_control)
        return respond(ErrorResponse(403, "models are not loaded on request here: --no-model-control was given"));
      return ChangeModel(api, parts[3], parts[4] == "load", std::move(respond));
    }
  }
  respond(Nothing());
}

}  // namespace sinew::server
