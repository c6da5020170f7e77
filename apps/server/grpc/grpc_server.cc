// gRPC's callback interface: no thread waits for an answer.
#include "grpc/grpc_server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include "base/error.h"
#include "base/file.h"
#include "base/guard.h"
#include "grpc/call_log.h"
#include "grpc/connections.h"
#include "grpc/tensors.h"
#include "service/resolution_text.h"
#include "sinew/version.h"

namespace sinew::server {
namespace {

using grpc::CallbackServerContext;
using grpc::StatusCode;

StatusCode CodeOf(serving::ErrorKind kind) {
  using serving::ErrorKind;
  switch (kind) {
    case ErrorKind::kBadInput:
    case ErrorKind::kTooLarge:
    case ErrorKind::kUnsupported:
      return StatusCode::INVALID_ARGUMENT;
    case ErrorKind::kNotFound:
      return StatusCode::NOT_FOUND;
    case ErrorKind::kOverloaded:
      return StatusCode::RESOURCE_EXHAUSTED;
    case ErrorKind::kLate:
      return StatusCode::DEADLINE_EXCEEDED;
    case ErrorKind::kCancelled:
      return StatusCode::CANCELLED;
    case ErrorKind::kStopping:
      return StatusCode::UNAVAILABLE;
    case ErrorKind::kInternal:
      return StatusCode::INTERNAL;
  }
  return StatusCode::INTERNAL;
}

// Messages travel as text: what is no UTF-8 in a name must not end the call.
grpc::Status ToGrpc(const serving::Error& error) { return {CodeOf(error.kind), error.message}; }
grpc::Status ToGrpc(const sinew::Status& status) {
  return status.ok() ? grpc::Status::OK : ToGrpc(serving::FromModelStatus(status));
}

serving::Clock::time_point DeadlineOf(const CallbackServerContext& context) {
  const auto left = context.deadline() - std::chrono::system_clock::now();
  // Without a deadline it is the end of time.
  if (left > std::chrono::hours(24)) return serving::Clock::time_point::max();
  return serving::Clock::now() + std::chrono::duration_cast<serving::Clock::duration>(left);
}

// Whether the caller may ask, as over HTTP.
std::optional<grpc::Status> Refuse(Api* api, const CallbackServerContext& context) {
  HttpRequest request;
  request.peer = PeerAddress(context.peer());
  request.headers.emplace_back("authorization", Metadata(context, "authorization"));
  const std::optional<HttpResponse> refused = api->Refuse(request, false);
  if (!refused) return std::nullopt;
  if (refused->status == 401)
    return grpc::Status(StatusCode::UNAUTHENTICATED, "a token is needed: metadata authorization: Bearer TOKEN");
  return grpc::Status(StatusCode::RESOURCE_EXHAUSTED, "too many requests from this address: slow down");
}

// What no share of the memory for requests is left for.
serving::Error NoShare() {
  return {serving::ErrorKind::kOverloaded, "this server has as much to answer as it can keep: try again later", 1};
}

// Starts an inference of a message; `done` gets what came of it.
void Start(Api* api, const inference::ModelInferRequest& message, const CallbackServerContext& context,
           const serving::CancelFlag& cancelled, std::function<void(oip::InferResponse)> done) {
  auto request = ReadRequest(message);
  if (!request.ok()) {
    done({serving::FromStatus(request.status()), message.model_name(), "", message.id(), {}});
    return;
  }
  request->deadline = DeadlineOf(context);
  request->cancelled = cancelled;
  oip::Infer(api->service(), std::move(*request), std::move(done));
}

class InferCall : public grpc::ServerUnaryReactor {
 public:
  InferCall(Api* api, CallbackServerContext* context, const inference::ModelInferRequest* request,
            inference::ModelInferResponse* response)
      : share_(api->bodies(), request->ByteSizeLong()) {
    if (const auto refused = Refuse(api, *context)) {
      Finish(*refused);
      return;
    }
    if (!share_.is_granted()) {
      Finish(ToGrpc(NoShare()));
      return;
    }
    Start(api, *request, *context, cancelled_, [this, response](oip::InferResponse inferred) {
      if (inferred.error) return Finish(ToGrpc(*inferred.error));
      WriteResponse(std::move(inferred), response);
      Finish(grpc::Status::OK);
    });
  }
  void OnCancel() override { *cancelled_ = true; }
  void OnDone() override { delete this; }

 private:
  const BodyShare share_;  // gRPC keeps the message for as long
  serving::CancelFlag cancelled_ = std::make_shared<std::atomic<bool>>(false);
};

// One request after the other: what a sequence needs, and what keeps a stream from filling the queue.
class InferStream : public grpc::ServerBidiReactor<inference::ModelInferRequest, inference::ModelStreamInferResponse> {
 public:
  InferStream(Api* api, CallbackServerContext* context) : api_(api), context_(context) {
    if (const auto refused = Refuse(api, *context))
      Finish(*refused);
    else
      StartRead(&request_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    share_.emplace(api_->bodies(), request_.ByteSizeLong());
    if (!share_->is_granted()) {
      Answer({NoShare(), request_.model_name(), "", request_.id(), {}});
      return;
    }
    Start(api_, request_, *context_, cancelled_, [this](oip::InferResponse inferred) { Answer(std::move(inferred)); });
  }
  // A stream keeps no message while it waits for the next one.
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    request_ = inference::ModelInferRequest();
    response_ = inference::ModelStreamInferResponse();
    share_.reset();
    StartRead(&request_);
  }
  void OnCancel() override { *cancelled_ = true; }
  void OnDone() override { delete this; }

 private:
  void Answer(oip::InferResponse inferred) {
    if (inferred.error) {
      response_.set_error_message(inferred.error->message);
      response_.mutable_infer_response()->set_id(inferred.id);
    } else {
      WriteResponse(std::move(inferred), response_.mutable_infer_response());
    }
    StartWrite(&response_);
  }

  Api* api_;
  CallbackServerContext* context_;
  std::optional<BodyShare> share_;
  inference::ModelInferRequest request_;
  inference::ModelStreamInferResponse response_;
  serving::CancelFlag cancelled_ = std::make_shared<std::atomic<bool>>(false);
};

class Service : public inference::GRPCInferenceService::CallbackService {
 public:
  Service(Api* api, bool allow_model_control) : api_(api), allow_model_control_(allow_model_control) {}

  grpc::ServerUnaryReactor* ServerLive(CallbackServerContext* context, const inference::ServerLiveRequest*,
                                       inference::ServerLiveResponse* response) override {
    response->set_live(true);
    return Done(context, grpc::Status::OK);
  }
  grpc::ServerUnaryReactor* ServerReady(CallbackServerContext* context, const inference::ServerReadyRequest*,
                                        inference::ServerReadyResponse* response) override {
    response->set_ready(api_->is_ready());
    return Done(context, grpc::Status::OK);
  }
  grpc::ServerUnaryReactor* ModelReady(CallbackServerContext* context, const inference::ModelReadyRequest* request,
                                       inference::ModelReadyResponse* response) override {
    return Allowed(context, [&] {
      response->set_ready(oip::DescribeModel(*api_->service(), request->name(), request->version()).ok());
      return sinew::Status();
    });
  }
  grpc::ServerUnaryReactor* ServerMetadata(CallbackServerContext* context, const inference::ServerMetadataRequest*,
                                           inference::ServerMetadataResponse* response) override {
    return Allowed(context, [&] {
      response->set_name(oip::kServerName);
      response->set_version(kVersion);
      for (const std::string& extension : oip::Extensions()) response->add_extensions(extension);
      return sinew::Status();
    });
  }
  grpc::ServerUnaryReactor* ModelMetadata(CallbackServerContext* context,
                                          const inference::ModelMetadataRequest* request,
                                          inference::ModelMetadataResponse* response) override {
    return Allowed(context, [&] { return Describe(*request, response); });
  }
  grpc::ServerUnaryReactor* ModelConfig(CallbackServerContext* context, const inference::ModelConfigRequest* request,
                                        inference::ModelConfigResponse* response) override {
    return Allowed(context, [&] { return Configure(*request, response->mutable_config()); });
  }
  grpc::ServerUnaryReactor* ModelStatistics(CallbackServerContext* context,
                                            const inference::ModelStatisticsRequest* request,
                                            inference::ModelStatisticsResponse* response) override {
    return Allowed(context, [&] { return Count(*request, response); });
  }
  grpc::ServerUnaryReactor* RepositoryIndex(CallbackServerContext* context,
                                            const inference::RepositoryIndexRequest* request,
                                            inference::RepositoryIndexResponse* response) override {
    return Allowed(context, [&] {
      for (const oip::RepositoryEntry& entry : oip::Repository(*api_->service(), request->ready())) {
        auto* const model = response->add_models();
        model->set_name(entry.name);
        model->set_version(entry.version);
        model->set_state(entry.state);
        model->set_reason(entry.reason);
      }
      return sinew::Status();
    });
  }
  grpc::ServerUnaryReactor* RepositoryModelLoad(CallbackServerContext* context,
                                                const inference::RepositoryModelLoadRequest* request,
                                                inference::RepositoryModelLoadResponse*) override {
    return Change(context, request->model_name(), true);
  }
  grpc::ServerUnaryReactor* RepositoryModelUnload(CallbackServerContext* context,
                                                  const inference::RepositoryModelUnloadRequest* request,
                                                  inference::RepositoryModelUnloadResponse*) override {
    return Change(context, request->model_name(), false);
  }
  grpc::ServerUnaryReactor* ModelInfer(CallbackServerContext* context, const inference::ModelInferRequest* request,
                                       inference::ModelInferResponse* response) override {
    return new InferCall(api_, context, request, response);
  }
  grpc::ServerBidiReactor<inference::ModelInferRequest, inference::ModelStreamInferResponse>* ModelStreamInfer(
      CallbackServerContext* context) override {
    return new InferStream(api_, context);
  }

 private:
  static grpc::ServerUnaryReactor* Done(CallbackServerContext* context, const grpc::Status& status) {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(status);
    return reactor;
  }
  template <class F>
  grpc::ServerUnaryReactor* Allowed(CallbackServerContext* context, F&& answer) {
    if (const auto refused = Refuse(api_, *context)) return Done(context, *refused);
    return Done(context, ToGrpc(CatchAll([&]() -> sinew::Status { return answer(); })));
  }

  sinew::Status Describe(const inference::ModelMetadataRequest& request, inference::ModelMetadataResponse* response) {
    SINEW_ASSIGN_OR_RETURN(const oip::ModelMetadata metadata,
                           oip::DescribeModel(*api_->service(), request.name(), request.version()));
    response->set_name(metadata.name);
    response->set_platform(metadata.platform);
    for (const std::string& version : metadata.versions) response->add_versions(version);
    const auto add = [](const oip::TensorMetadata& tensor, inference::ModelMetadataResponse::TensorMetadata* out) {
      out->set_name(tensor.name);
      out->set_datatype(tensor.datatype);
      out->mutable_shape()->Add(tensor.shape.begin(), tensor.shape.end());
    };
    for (const oip::TensorMetadata& tensor : metadata.inputs) add(tensor, response->add_inputs());
    for (const oip::TensorMetadata& tensor : metadata.outputs) add(tensor, response->add_outputs());
    return sinew::Status();
  }

  sinew::Status Configure(const inference::ModelConfigRequest& request, inference::ModelConfig* config) {
    SINEW_ASSIGN_OR_RETURN(const oip::ModelMetadata metadata,
                           oip::DescribeModel(*api_->service(), request.name(), request.version()));
    config->set_name(metadata.name);
    config->set_platform(metadata.platform);
    config->set_backend(oip::kServerName);
    const auto add = [](const oip::TensorMetadata& tensor, auto* out) {
      out->set_name(tensor.name);
      out->set_data_type(tensor.datatype == "BYTES"   ? inference::TYPE_STRING
                         : tensor.datatype == "INT64" ? inference::TYPE_INT64
                                                      : inference::TYPE_FP32);
      out->mutable_dims()->Add(tensor.shape.begin(), tensor.shape.end());
    };
    for (const oip::TensorMetadata& tensor : metadata.inputs) add(tensor, config->add_input());
    for (const oip::TensorMetadata& tensor : metadata.outputs) add(tensor, config->add_output());
    SINEW_ASSIGN_OR_RETURN(const auto model, api_->service()->models().Find(oip::SplitName(request.name()).first));
    (*config->mutable_parameters())["resolution"].set_string_value(service::ToString(model->resolution()));
    std::string names;
    for (const SkeletonKeypoint& keypoint : model->description().skeleton.keypoints)
      names += (names.empty() ? "" : ",") + keypoint.name;
    (*config->mutable_parameters())["keypoints"].set_string_value(names);
    return sinew::Status();
  }

  sinew::Status Count(const inference::ModelStatisticsRequest& request, inference::ModelStatisticsResponse* response) {
    const auto figures = api_->service()->statistics().Figures();
    const std::string wanted = oip::SplitName(request.name()).first;
    for (const serving::ModelState& state : api_->service()->models().States()) {
      if (!wanted.empty() && wanted != state.name) continue;
      const auto found = figures.find(state.name);
      const serving::ModelFigures model = found == figures.end() ? serving::ModelFigures() : found->second;
      auto* const out = response->add_model_stats();
      out->set_name(state.name);
      out->set_version(std::to_string(state.version));
      out->set_last_inference(static_cast<uint64_t>(model.last_milliseconds));
      out->set_inference_count(model.pictures);
      out->set_execution_count(model.pictures);
      const auto set = [](uint64_t count, double seconds, inference::StatisticDuration* duration) {
        duration->set_count(count);
        duration->set_ns(static_cast<uint64_t>(seconds * 1e9));
      };
      auto* const stats = out->mutable_inference_stats();
      set(model.succeeded, model.succeeded_seconds, stats->mutable_success());
      set(model.failed, model.failed_seconds, stats->mutable_fail());
      set(model.succeeded, model.stages.queue, stats->mutable_queue());
      set(model.succeeded, model.stages.read + model.stages.resize, stats->mutable_compute_input());
      set(model.succeeded, model.stages.network, stats->mutable_compute_infer());
      set(model.succeeded, model.stages.decode + model.stages.draw, stats->mutable_compute_output());
    }
    if (!wanted.empty() && response->model_stats_size() == 0)
      return NotFound("no model \"{}\" is served here", request.name());
    return sinew::Status();
  }

  grpc::ServerUnaryReactor* Change(CallbackServerContext* context, const std::string& name, bool load) {
    if (const auto refused = Refuse(api_, *context)) return Done(context, *refused);
    if (!allow_model_control_)
      return Done(context, {StatusCode::PERMISSION_DENIED,
                            "models are not loaded on request here: --no-model-control was given"});
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    const bool started = api_->ChangeModel(oip::SplitName(name).first, load,
                                           [reactor](const sinew::Status& status) { reactor->Finish(ToGrpc(status)); });
    if (!started) reactor->Finish({StatusCode::RESOURCE_EXHAUSTED, "too many loads are waiting"});
    return reactor;
  }

  Api* const api_;
  const bool allow_model_control_;
};

constexpr uint64_t kMaxKeyBytes = 1 << 20;

int Milliseconds(double seconds) { return static_cast<int>(seconds * 1000); }

Result<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(const GrpcOptions& options) {
  if (options.certificate.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions tls;
  SINEW_ASSIGN_OR_RETURN(std::string certificate, ReadFile(options.certificate, kMaxKeyBytes));
  SINEW_ASSIGN_OR_RETURN(std::string key, ReadFile(options.key, kMaxKeyBytes));
  tls.pem_key_cert_pairs.push_back({std::move(key), std::move(certificate)});
  return grpc::SslServerCredentials(tls);
}

}  // namespace

struct GrpcServer::State {
  State(Api* api, bool allow_model_control) : service(api, allow_model_control) {}
  Service service;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<Connections> connections;
};

GrpcServer::GrpcServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
GrpcServer::~GrpcServer() { Stop(serving::Clock::now()); }

Result<std::unique_ptr<GrpcServer>> GrpcServer::Start(const GrpcOptions& options, std::vector<int> listening,
                                                      Api* api) {
  auto state = std::make_unique<State>(api, options.allow_model_control);
  grpc::ServerBuilder builder;
  SINEW_ASSIGN_OR_RETURN(const auto credentials, MakeCredentials(options));
  state->connections = std::make_unique<Connections>(
      listening, ConnectionLimits{options.max_connections, options.max_connections_per_address},
      builder.experimental().AddExternalConnectionAcceptor(
          grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, credentials));
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(std::make_unique<CallLogs>(api));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  builder.RegisterService(&state->service);
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes));
  builder.SetMaxSendMessageSize(-1);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_calls_per_connection);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 16384);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(options.handshake_seconds));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(options.idle_seconds));
  // What has arrived of messages that are not complete yet. Beyond it gRPC ends calls.
  grpc::ResourceQuota quota("sinew serve");
  quota.Resize(options.max_arriving_bytes);
  quota.SetMaxThreads(16);
  builder.SetResourceQuota(quota);
  state->server = builder.BuildAndStart();
  if (state->server == nullptr) return IoError("gRPC does not start");
  if (!state->connections->Start()) return Unavailable("the system allows no further thread");
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(state)));
}

void GrpcServer::Stop(serving::Clock::time_point deadline) {
  if (state_->server == nullptr) return;
  state_->connections->Stop();
  const auto left = std::max(deadline - serving::Clock::now(), serving::Clock::duration::zero());
  state_->server->Shutdown(std::chrono::system_clock::now() + left);
  state_->server.reset();
}

}  // namespace sinew::server
