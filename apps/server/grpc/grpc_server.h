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
  std::string host;
  int port = 0;             // 0: any that is free
  std::vector<int> passed;  // listening sockets to serve instead, which the server owns from then on
  uint64_t max_message_bytes = uint64_t{32} << 20;
  std::string certificate, key;  // PEM files; empty: no TLS
  bool allow_model_control = true;
};

class GrpcServer {
 public:
  // The API, which says who may ask, must outlive it. Errors: no such address, a port in use, TLS files.
  static Result<std::unique_ptr<GrpcServer>> Start(const GrpcOptions& options, Api* api);
  ~GrpcServer();

  std::string address() const;  // empty for sockets that were passed
  // Accepts nothing from now on, waits for what was asked until `deadline`, and ends the rest.
  void Stop(serving::Clock::time_point deadline);

 private:
  struct State;
  explicit GrpcServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sinew::server
