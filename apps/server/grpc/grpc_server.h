// The Open Inference Protocol over gRPC. gRPC and protobuf are inside, and nowhere else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/api.h"
#include "sinew/status.h"

namespace sinew::server {

struct GrpcOptions {
  uint64_t max_message_bytes = uint64_t{32} << 20;
  uint64_t max_arriving_bytes = uint64_t{512} << 20;  // of all messages that are being received
  int max_connections = 512;
  int max_connections_per_address = 256;
  int max_calls_per_connection = 256;  // at a time; others wait on the client's side
  double handshake_seconds = 10;       // of TLS and HTTP/2
  double idle_seconds = 60;            // without a call
  std::string certificate, key;        // PEM files; empty: no TLS
  bool allow_model_control = true;
};

class GrpcServer {
 public:
  // Serves connections of these listening sockets, which it owns from now on. The API, which says who may ask and how
  // much memory requests may take, must outlive it. Errors: those of the TLS files.
  static Result<std::unique_ptr<GrpcServer>> Start(const GrpcOptions& options, std::vector<int> listening, Api* api);
  ~GrpcServer();

  // Accepts nothing from now on, waits for what was asked until `deadline`, and ends the rest.
  void Stop(serving::Clock::time_point deadline);

 private:
  struct State;
  explicit GrpcServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sinew::server
