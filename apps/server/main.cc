// sinew-serve: what `sinew serve` starts.
#include <sys/resource.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>

#include "base/error.h"
#include "base/guard.h"
#include "base/mapped_file.h"
#include "base/printable.h"
#include "flags.h"
#include "grpc/grpc_server.h"
#include "http/api.h"
#include "listening.h"
#include "runtime/thread_pool.h"
#include "service/core_choice.h"
#include "service/open_device.h"
#include "sinew/version.h"

namespace sinew::server {
namespace {

// What systemd calls a socket that speaks gRPC.
constexpr const char* kGrpcSocket = "grpc";

enum ExitCode : int { kSuccess = 0, kFailure = 1, kUsage = 2 };

void Say(const std::string& line) { std::fprintf(stderr, "sinew serve: %s\n", PrintableLines(line).c_str()); }

int Fail(const Status& status) {
  Say(status.message());
  return status.code() == StatusCode::kInvalidArgument ? kUsage : kFailure;
}

void OnBusError(int signal, siginfo_t* info, void*) {
  if (const char* const path = MappedFileAt(info->si_addr); path != nullptr) {
    static constexpr char kText[] =
        ": was shortened while it was in use; replace a model by renaming the new one over it\n";
    (void)!::write(STDERR_FILENO, path, std::char_traits<char>::length(path));
    (void)!::write(STDERR_FILENO, kText, sizeof(kText) - 1);
    ::_exit(kFailure);
  }
  std::signal(signal, SIG_DFL);
}

// Before any thread starts: what the main thread waits for is blocked in all of them.
sigset_t PrepareSignals() {
  std::signal(SIGPIPE, SIG_IGN);
  struct sigaction action = {};
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// As many descriptors as connections and files need, where the system allows it.
void RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Result<ApiOptions> MakeApiOptions(const Flags& flags) {
  ApiOptions options;
  if (!flags.token_file.empty()) {
    SINEW_ASSIGN_OR_RETURN(options.credentials, Credentials::Load(flags.token_file));
  }
  options.max_rate = flags.max_rate;
  options.cors_origins.insert(flags.cors_origins.begin(), flags.cors_origins.end());
  options.allow_model_control = !flags.no_model_control;
  options.page = !flags.no_page;
  return options;
}

Status CheckFlags(const Flags& flags) {
  if (flags.http.certificate.empty() != flags.http.key.empty())
    return InvalidArgument("--tls-cert and --tls-key: one needs the other");
  return Status();
}

Result<std::vector<serving::ModelSource>> ParseModels(const Flags& flags) {
  std::vector<std::string> texts = flags.models;
  if (texts.empty()) texts.push_back("mobilenet_thin");
  std::vector<serving::ModelSource> sources;
  for (const std::string& text : texts) {
    SINEW_ASSIGN_OR_RETURN(serving::ModelSource source, serving::ParseModelSource(text));
    for (const serving::ModelSource& other : sources) {
      if (other.name == source.name)
        return InvalidArgument("--model: two models are called \"{}\": give them names, NAME=MODEL", source.name);
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

// What networks run on, and how many pictures at a time.
Status PlaceWork(const Flags& flags, serving::PoseService::Options* options) {
  const Result<Precision> precision = ParsePrecision(flags.precision);
  if (!precision.ok()) return Prefixed("--precision", precision.status());
  options->precision = *precision;
  Result<Device> device = service::OpenDevice(flags.device);
  if (!device.ok()) return Prefixed("--device", device.status());
  options->device = std::move(*device);
  if (!options->device.is_gpu()) {
    if (flags.streams != 0) return InvalidArgument("--streams are a GPU's: on a processor, use --processors");
    options->scheduler.processors = flags.processors > 0 ? flags.processors : runtime::AvailableProcessors();
    return Status();
  }
  const Result<service::CoreChoice> streams = service::ChooseStreams(flags.streams, /*one_at_a_time=*/false);
  if (!streams.ok()) return Prefixed("--streams", streams.status());
  options->scheduler.processors = streams->lanes;
  options->scheduler.can_share = false;
  return Status();
}

// Everything that serves, in the order in which it must end.
class Server {
 public:
  static Result<std::unique_ptr<Server>> Start(const Flags& flags);
  // Until a signal says so. The exit code.
  int Run(const sigset_t& signals);

 private:
  explicit Server(const Flags& flags) : flags_(flags) {}
  Status LoadModels();
  int Stop();

  const Flags flags_;
  std::unique_ptr<AccessLog> log_;
  std::unique_ptr<service::ModelCache> cache_;
  std::unique_ptr<serving::PoseService> service_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<GrpcServer> grpc_;
  std::vector<std::string> addresses_;
  std::string grpc_address_;  // empty for sockets of systemd's
};

Result<std::unique_ptr<Server>> Server::Start(const Flags& flags) {
  std::unique_ptr<Server> server(new Server(flags));
  SINEW_ASSIGN_OR_RETURN(std::vector<serving::ModelSource> sources, ParseModels(flags));
  SINEW_ASSIGN_OR_RETURN(ApiOptions api, MakeApiOptions(flags));
  if (!flags.access_log.empty()) {
    SINEW_ASSIGN_OR_RETURN(server->log_, AccessLog::Open(flags.access_log));
  }
  SINEW_ASSIGN_OR_RETURN(std::vector<ListeningSocket> sockets, SocketsFromSystemd());
  std::vector<int> http_sockets, grpc_sockets;
  for (const ListeningSocket& socket : sockets) {
    (socket.name == kGrpcSocket ? grpc_sockets : http_sockets).push_back(socket.descriptor);
    if (socket.name != kGrpcSocket) server->addresses_.push_back(socket.address);
  }
  if (http_sockets.empty()) {
    SINEW_ASSIGN_OR_RETURN(ListeningSocket socket, Listen(flags.bind, static_cast<uint16_t>(flags.port), "--port"));
    http_sockets.push_back(socket.descriptor);
    server->addresses_.push_back(socket.address);
  }
  const bool quiet = flags.quiet;
  server->cache_ =
      std::make_unique<service::ModelCache>(service::ModelCache::Options{.log = [quiet](std::string_view line) {
        if (!quiet) Say(std::string(line));
      }});
  serving::PoseService::Options options;
  SINEW_RETURN_IF_ERROR(PlaceWork(flags, &options));
  options.scheduler.max_queue = flags.max_queue;
  options.sequences = {flags.max_sequences, flags.sequence_seconds};
  options.limits = {.image = {.max_pixels = flags.max_pixels}, .max_pictures = flags.max_pictures};
  server->service_ = std::make_unique<serving::PoseService>(options, std::move(sources), server->cache_.get());
  api.max_bodies_bytes = std::max(flags.max_bodies_megabytes, flags.max_body_megabytes) << 20;
  const uint64_t max_bodies_bytes = api.max_bodies_bytes;
  server->api_ = std::make_unique<Api>(server->service_.get(), std::move(api), server->log_.get());
  HttpOptions http = flags.http;
  http.max_body_bytes = flags.max_body_megabytes << 20;
  SINEW_ASSIGN_OR_RETURN(server->http_, HttpServer::Start(http, std::move(http_sockets), server->api_.get()));
  if (grpc_sockets.empty() && flags.grpc_port >= 0) {
    SINEW_ASSIGN_OR_RETURN(ListeningSocket socket,
                           Listen(flags.bind, static_cast<uint16_t>(flags.grpc_port), "--grpc-port, or -1 for none"));
    grpc_sockets.push_back(socket.descriptor);
    server->grpc_address_ = socket.address;
  }
  if (!grpc_sockets.empty()) {
    const GrpcOptions grpc{.max_message_bytes = http.max_body_bytes,
                           .max_arriving_bytes = max_bodies_bytes,
                           .max_connections = http.max_connections,
                           .max_connections_per_address = http.max_connections_per_address,
                           .max_calls_per_connection = flags.max_calls_per_connection,
                           .handshake_seconds = http.header_seconds,
                           .idle_seconds = http.idle_seconds,
                           .certificate = http.certificate,
                           .key = http.key,
                           .allow_model_control = !flags.no_model_control};
    SINEW_ASSIGN_OR_RETURN(server->grpc_, GrpcServer::Start(grpc, std::move(grpc_sockets), server->api_.get()));
  }
  SINEW_RETURN_IF_ERROR(server->LoadModels());
  return server;
}

Status Server::LoadModels() {
  for (const serving::ModelSource& source : service_->models().sources())
    SINEW_RETURN_IF_ERROR(service_->models().Load(source.name));
  return Status();
}

int Server::Run(const sigset_t& signals) {
  const char* const scheme = flags_.http.certificate.empty() ? "http" : "https";
  if (!flags_.quiet) {
    for (const std::string& address : addresses_) Say(fmt::format("listening on {}://{}/", scheme, address));
    if (!grpc_address_.empty()) Say(fmt::format("gRPC is at {}", grpc_address_));
    Say(fmt::format("try: curl --data-binary @photo.jpg {}://{}/v1/people", scheme, addresses_.front()));
    if (!IsLoopback(flags_.bind) && flags_.token_file.empty())
      Say(fmt::format("anybody who reaches {} may ask: --tokens keeps others out", flags_.bind));
  }
  NotifySystemd("READY=1");
  while (true) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) return Stop();
    NotifySystemd("RELOADING=1");
    const size_t models = service_->models().sources().size();
    auto left = std::make_shared<std::atomic<size_t>>(models);
    api_->ReloadAll([left](const std::string& model, const Status& status) {
      Say(status.ok() ? fmt::format("{}: loaded again", model)
                      : fmt::format("{}: stays as it was: {}", model, status.message()));
      if (--*left == 0) NotifySystemd("READY=1");
    });
  }
}

int Server::Stop() {
  // A second signal ends the process at once.
  sigset_t all;
  sigemptyset(&all);
  for (const int signal : {SIGTERM, SIGINT}) {
    std::signal(signal, SIG_DFL);
    sigaddset(&all, signal);
  }
  pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
  NotifySystemd("STOPPING=1");
  api_->SetStopping();
  const auto deadline =
      serving::Clock::now() + std::chrono::milliseconds(static_cast<int64_t>(flags_.stop_seconds * 1000));
  const bool answered = http_->Drain(deadline);
  if (grpc_ != nullptr) grpc_->Stop(deadline);
  const bool done = service_->scheduler().Drain(deadline) && answered;
  if (!done) Say(fmt::format("stopped with requests unanswered after {} s", flags_.stop_seconds));
  return done ? kSuccess : kFailure;
}

int Main(int argc, char** argv) {
  const sigset_t signals = PrepareSignals();
  RaiseDescriptorLimit();
  CLI::App app;
  app.name("sinew serve");
  app.set_version_flag("--version", std::string("sinew serve ") + kVersion);
  Flags flags;
  AddFlags(&app, &flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kUsage;
  }
  if (const Status status = CheckFlags(flags); !status.ok()) return Fail(status);
  auto server = Server::Start(flags);
  return server.ok() ? (*server)->Run(signals) : Fail(server.status());
}

}  // namespace
}  // namespace sinew::server

int main(int argc, char** argv) {
  using namespace sinew;
  const Result<int> code = CatchAll([&]() -> Result<int> { return server::Main(argc, argv); });
  return code.ok() ? *code : server::Fail(code.status());
}
