// A line of JSON for each request.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "http/message.h"
#include "results/json_people.h"
#include "sinew/status.h"

namespace sinew::server {

// Thread-safe.
class AccessLog {
 public:
  // Appends to the file; "-" is the standard output.
  static Result<std::unique_ptr<AccessLog>> Open(const std::string& path);

  //   {"time":"2026-05-01T12:00:00.123Z","id":"...","peer":"127.0.0.1","method":"POST","path":"/v1/people","status":200,
  //    "request_bytes":51234,"response_bytes":812,"milliseconds":43.2,"traceparent":"00-..."}
  // The query is left out: it may name people. A line that cannot be written is lost: requests do not wait for disks.
  void Write(const HttpRequest& request, int status, size_t request_bytes, size_t response_bytes);
  // A call over gRPC: {..., "method":"gRPC","path":"/inference.GRPCInferenceService/ModelInfer","grpc_status":"OK",
  // ...}
  void WriteGrpc(const HttpRequest& call, std::string_view status);

 private:
  // `figures`: what is between the path and the time.
  void WriteLine(const HttpRequest& request, const results::Json& figures);
  explicit AccessLog(Descriptor file) : file_(std::move(file)) {}
  std::mutex mutex_;
  Descriptor file_;
};

}  // namespace sinew::server
