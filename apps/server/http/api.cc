// Who may ask, and which function answers.
#include "http/api.h"

#include <algorithm>
#include <utility>

#include "base/guard.h"
#include "errors.h"

namespace sinew::server {
namespace {

// What whoever watches the server or opens the page needs before they can say who they are.
bool IsOpenToAll(const std::string& path, bool is_web_file) {
  return path == "/v2/health/live" || path == "/v2/health/ready" || is_web_file;
}

// Whether a page of `origin` is the server's own: "http://HOST", HOST as the request names the server.
bool IsOwnOrigin(std::string_view origin, std::string_view host) {
  const size_t scheme_end = origin.find("://");
  return scheme_end != std::string_view::npos && origin.substr(scheme_end + 3) == host;
}

HttpResponse NotAllowed(std::string_view methods) {
  HttpResponse response = ErrorResponse(405, fmt::format("this path answers {} only", methods));
  response.headers.emplace_back("Allow", std::string(methods));
  return response;
}

}  // namespace

Api::Api(serving::PoseService* service, ApiOptions options, AccessLog* log)
    : service_(service),
      options_(std::move(options)),
      log_(log),
      rates_(options_.max_rate),
      bodies_(options_.max_bodies_bytes) {}

void Api::Note(const HttpRequest& request, int status, size_t request_bytes, size_t response_bytes) {
  counts_.Add(status);
  if (log_ != nullptr) log_->Write(request, status, request_bytes, response_bytes);
}

void Api::NoteGrpc(const HttpRequest& call, const std::string& status) {
  counts_.AddGrpc(status);
  if (log_ != nullptr) log_->WriteGrpc(call, status);
}

void Api::AddCors(const HttpRequest& request, HttpResponse* response) const {
  const std::string_view origin = request.Header("origin");
  if (origin.empty() || !options_.cors_origins.contains(std::string(origin))) return;
  response->headers.emplace_back("Access-Control-Allow-Origin", std::string(origin));
  response->headers.emplace_back("Access-Control-Expose-Headers",
                                 "Inference-Header-Content-Length, X-Request-Id, Server-Timing");
  response->headers.emplace_back("Vary", "Origin");
}

void Api::Handle(HttpRequest request, Respond respond) {
  auto shared = std::make_shared<HttpRequest>(std::move(request));
  const size_t request_bytes = shared->body.size();
  Respond answer = [this, shared, request_bytes, respond = std::move(respond)](HttpResponse response) {
    response.headers.emplace_back("X-Request-Id", shared->id);
    if (const std::string_view trace = shared->Header("traceparent"); !trace.empty())
      response.headers.emplace_back("traceparent", std::string(trace));
    AddCors(*shared, &response);
    Note(*shared, response.status, request_bytes, response.body.size());
    respond(std::move(response));
  };
  const Status status = CatchAll([&] { return Route(shared, answer), Status(); });
  if (!status.ok()) answer(ErrorResponse(serving::FromStatus(status)));
}

std::optional<HttpResponse> Api::Refuse(const HttpRequest& request, bool is_stream) {
  const std::string_view origin = request.Header("origin");
  if (!origin.empty() && !IsOwnOrigin(origin, request.Header("host")) &&
      !options_.cors_origins.contains(std::string(origin)))
    return ErrorResponse(403, "pages of other origins may not ask: see --cors-origin");
  if (!rates_.Take(request.peer)) {
    HttpResponse response = ErrorResponse(429, "too many requests from this address: slow down");
    response.headers.emplace_back("Retry-After", "1");
    return response;
  }
  bool accepted = options_.credentials.AcceptsHeader(request.Header("authorization"));
  if (!accepted && is_stream) {
    // Browsers cannot send the header with a WebSocket: "sinew, bearer.TOKEN" as protocols.
    constexpr std::string_view kPrefix = "bearer.";
    const std::string_view protocols = request.Header("sec-websocket-protocol");
    if (const size_t at = protocols.find(kPrefix); at != std::string_view::npos) {
      const std::string_view token = protocols.substr(at + kPrefix.size());
      accepted = options_.credentials.Accepts(token.substr(0, token.find_first_of(", ")));
    }
  }
  if (accepted) return std::nullopt;
  HttpResponse response = ErrorResponse(401, "a token is needed: Authorization: Bearer TOKEN");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

std::optional<HttpResponse> Api::RefuseStream(const HttpRequest& request) {
  if (request.path != "/v1/stream") return ErrorResponse(404, "streams are at /v1/stream");
  if (stopping_) return ErrorResponse(serving::Error{serving::ErrorKind::kStopping, "the server is stopping"});
  return Refuse(request, true);
}

HttpResponse Api::Preflight(const HttpRequest& request) const {
  HttpResponse response;
  response.status = options_.cors_origins.contains(std::string(request.Header("origin"))) ? 204 : 403;
  response.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST");
  response.headers.emplace_back("Access-Control-Allow-Headers",
                                "Authorization, Content-Type, Inference-Header-Content-Length, traceparent");
  response.headers.emplace_back("Access-Control-Max-Age", "600");
  return response;
}

void Api::Route(const std::shared_ptr<HttpRequest>& request, Respond respond) {
  const std::string& path = request->path;
  if (request->method == "OPTIONS") return respond(Preflight(*request));
  std::optional<HttpResponse> file = options_.page || path == "/openapi.json" ? FindWebFile(*request) : std::nullopt;
  if (!IsOpenToAll(path, file.has_value())) {
    if (std::optional<HttpResponse> refused = Refuse(*request, false)) return respond(std::move(*refused));
  }
  const bool is_get = request->method == "GET" || request->method == "HEAD", is_post = request->method == "POST";
  if (file) return respond(is_get ? std::move(*file) : NotAllowed("GET"));
  if (path == "/v1/people")
    return is_post ? HandlePeople(service_, request, std::move(respond)) : respond(NotAllowed("POST"));
  if (path == "/v1/models") return respond(is_get ? DescribeModels(*service_) : NotAllowed("GET"));
  if (path == "/v1/stream") return respond(ErrorResponse(426, "this path is a WebSocket's: connect with ws://"));
  if (path == "/metrics") {
    if (!is_get) return respond(NotAllowed("GET"));
    return respond({200, "text/plain; version=0.0.4; charset=utf-8", MetricsText(*service_, counts_), {}});
  }
  if (path == "/v2" || path.starts_with("/v2/")) {
    if (!is_get && !is_post) return respond(NotAllowed("GET, POST"));
    return HandleInferenceProtocol(this, options_.allow_model_control, request, std::move(respond));
  }
  respond(ErrorResponse(404, "there is nothing at this path: /openapi.json says what there is"));
}

bool Api::ChangeModel(const std::string& name, bool load, std::function<void(const Status& status)> told) {
  return background_.Start([this, name, load, told = std::move(told)] {
    told(load ? service_->models().Load(name) : service_->models().Unload(name));
  });
}

void Api::ReloadAll(std::function<void(const std::string& model, const Status& status)> told) {
  for (const serving::ModelSource& source : service_->models().sources()) {
    const bool started =
        ChangeModel(source.name, true, [name = source.name, told](const Status& status) { told(name, status); });
    if (!started) told(source.name, Status(StatusCode::kUnavailable, "too many loads are waiting already"));
  }
}

}  // namespace sinew::server
