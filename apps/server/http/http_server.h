// The network's side of HTTP: connections, TLS, WebSockets, limits and time-outs. Boost.Beast is inside, and nowhere
// else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/api.h"
#include "sinew/status.h"

namespace sinew::server {

struct HttpOptions {
  uint64_t max_body_bytes = uint64_t{32} << 20;
  uint32_t max_header_bytes = 16384;
  int max_connections = 512;
  int max_connections_per_address = 256;
  double header_seconds = 10;    // to receive a request's header
  double body_seconds = 60;      // to receive its body
  double idle_seconds = 60;      // between requests
  double write_seconds = 30;     // to take an answer
  std::string certificate, key;  // PEM files; empty: no TLS
};

class HttpServer {
 public:
  // Serves connections of these listening sockets, which it owns from now on. The API must outlive it. Errors: those of
  // the TLS files.
  static Result<std::unique_ptr<HttpServer>> Start(const HttpOptions& options, std::vector<int> listening, Api* api);
  ~HttpServer();

  // No connection and no request is accepted from now on; streams are closed. Waits for the requests that were
  // received. False where they are not answered at `deadline`.
  bool Drain(serving::Clock::time_point deadline);

 private:
  struct State;
  explicit HttpServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace sinew::server
