// The command line of sinew-serve.
#pragma once

#include <string>
#include <vector>

#include "http/http_server.h"
#include "serving/pose_service.h"

namespace CLI {
class App;
}  // namespace CLI

namespace sinew::server {

struct Flags {
  std::vector<std::string> models;
  std::string bind = "127.0.0.1";
  int port = 8000, grpc_port = 8001;  // -1: no gRPC
  int processors = 0, streams = 0;
  std::string device = "cpu", precision = "auto";
  size_t max_queue = 64, max_pictures = 64;
  int64_t max_pixels = 50'000'000;
  uint64_t max_body_megabytes = 32, max_bodies_megabytes = 512;
  size_t max_sequences = 1024;
  int max_calls_per_connection = 256;
  double sequence_seconds = 60, stop_seconds = 30, max_rate = 0;
  HttpOptions http;
  std::string token_file, access_log;
  std::vector<std::string> cors_origins;
  bool no_page = false, no_model_control = false, quiet = false;
};

void AddFlags(CLI::App* app, Flags* flags);

}  // namespace sinew::server
