// Requests over HTTP, by libcurl: one attempt each. Nothing is followed and nothing repeated here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/remote.h"
#include "sinew/status.h"

namespace sinew::store {

struct HttpResponse {
  long code = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // what no sink took; its beginning where that is an error's

  std::string Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
  bool ok() const { return code >= 200 && code < 300; }
};

struct HttpRequest {
  std::string method = "GET", url;
  std::map<std::string, std::string> headers;
  // The body: this text, or, where `fd` is not -1, `size` bytes of the file behind `offset`.
  std::string body;
  int fd = -1;
  uint64_t offset = 0, size = 0;
  // Gets the body of a successful answer, piece by piece; its failure ends the request and is its result. `response`
  // has its code and headers by then.
  std::function<Status(const HttpResponse& response, std::string_view piece)> sink;
  RemoteStop stop;
  double connect_seconds = 10;
  double idle_seconds = 30;  // with less than a byte a second for so long, a connection counts as broken
  double total_seconds = 0;  // 0: no limit
  bool direct = false;       // past any proxy that the environment names
};

// Thread-safe; connections are kept for the next request.
class Http {
 public:
  // Certificates are verified, by those of the system or of `ca_file`.
  explicit Http(std::string ca_file);
  ~Http();
  // What the server answers, whatever it is. kUnavailable: nobody answered, or not to the end; kIo: the server is not
  // who it should be; kCancelled; what the sink has returned.
  Result<HttpResponse> Send(const HttpRequest& request);

 private:
  class Pool;
  const std::string ca_file_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace sinew::store
