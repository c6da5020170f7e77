// The server's routes: what is asked of it over HTTP, and who may ask.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "access_log.h"
#include "body_budget.h"
#include "credentials.h"
#include "http/background.h"
#include "http/message.h"
#include "metrics.h"
#include "rate_limits.h"
#include "request_options.h"
#include "serving/pose_service.h"

namespace sinew::server {

struct ApiOptions {
  Credentials credentials;
  double max_rate = 0;                              // requests a second of each address; 0: no limit
  std::set<std::string> cors_origins;               // pages of these origins may ask, besides the server's own
  bool allow_model_control = true;                  // loading and unloading on request
  bool page = true;                                 // GET / shows the page
  uint64_t max_bodies_bytes = uint64_t{512} << 20;  // of all requests that are received or answered
};

// Thread-safe.
class Api {
 public:
  // `log` may be null. Both must outlive the API.
  Api(serving::PoseService* service, ApiOptions options, AccessLog* log);

  // `respond` is called exactly once: here, or on another thread. It may be called after the connection has gone.
  void Handle(HttpRequest request, Respond respond);

  // Why whoever sends these headers may not ask; such a request counts among those of its address. Of a stream:
  // browsers cannot send its token as a header, and send it as a protocol.
  std::optional<HttpResponse> Refuse(const HttpRequest& request, bool is_stream);

  // Loads a model again, or unloads it, on a thread of its own; `told` gets what came of it. False where too many wait.
  bool ChangeModel(const std::string& name, bool load, std::function<void(const Status& status)> told);

  // Runs what would keep connections waiting, on a thread of its own. False where too many wait.
  bool Parse(std::function<void()> parse) { return parsing_.Start(std::move(parse)); }

  // For a WebSocket: why it is not accepted. It is logged and counted when it is closed, by NoteEnd.
  std::optional<HttpResponse> RefuseStream(const HttpRequest& request);
  void Note(const HttpRequest& request, int status, size_t request_bytes, size_t response_bytes);
  // Of a call over gRPC, with its status's name.
  void NoteGrpc(const HttpRequest& call, const std::string& status);

  serving::PoseService* service() const { return service_; }
  RequestCounts* counts() { return &counts_; }
  BodyBudget* bodies() { return &bodies_; }

  // From now on the server says that it is not ready.
  void SetStopping() { stopping_ = true; }
  bool is_ready() const { return !stopping_ && service_->IsReady(); }
  // Loads all models again, each once the one before is done; `told` gets what came of it.
  void ReloadAll(std::function<void(const std::string& model, const Status& status)> told);

 private:
  void Route(const std::shared_ptr<HttpRequest>& request, Respond respond);
  void AddCors(const HttpRequest& request, HttpResponse* response) const;
  HttpResponse Preflight(const HttpRequest& request) const;

  serving::PoseService* const service_;
  const ApiOptions options_;
  AccessLog* const log_;
  RequestCounts counts_;
  RateLimits rates_;
  BodyBudget bodies_;
  std::atomic<bool> stopping_ = false;
  Background background_, parsing_;
};

// POST /v1/people, GET /v1/models.
void HandlePeople(serving::PoseService* service, const std::shared_ptr<HttpRequest>& request, Respond respond);
HttpResponse DescribeModels(const serving::PoseService& service);
// One record as /v1/people answers it.
std::string PeopleJson(const serving::PeopleAnswer& answer, size_t index, const PeopleOptions& options);
std::string TimesJson(const serving::StageSeconds& seconds);
// Everything below /v2.
void HandleInferenceProtocol(Api* api, bool allow_model_control, const std::shared_ptr<HttpRequest>& request,
                             Respond respond);
// The page, its files and openapi.json; nothing for another path.
std::optional<HttpResponse> FindWebFile(const HttpRequest& request);

}  // namespace sinew::server
