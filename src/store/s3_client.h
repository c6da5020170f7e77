// Requests to S3: endpoint, region, signature, retries. What is asked for is the callers' matter.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "store/credentials.h"
#include "store/http.h"
#include "store/options.h"
#include "store/sigv4.h"
#include "store/url.h"

namespace sinew::store {

class Retries;

struct S3Request {
  std::string method = "GET";
  S3Url url;
  Query query;
  std::map<std::string, std::string> headers;
  // The body: text, or a piece of an open file with its SHA-256 (hexadecimal).
  std::string body;
  int fd = -1;
  uint64_t offset = 0, size = 0;
  std::string sha256;
  std::function<Status(const HttpResponse& response, std::string_view piece)> sink;
  RemoteStop stop;

  std::string name() const { return "s3://" + url.bucket + "/" + url.key; }
};

// Thread-safe.
class S3Client {
 public:
  // kInvalidArgument for options that make no sense.
  static Result<std::unique_ptr<S3Client>> Create(const StoreOptions& options, Http* http);

  // The answer to a request that succeeded, after as many attempts as it took. Errors: kNotFound (404), kIo (refused),
  // kCorrupt (412: another object than before), kUnavailable (after the last attempt), kCancelled.
  Result<HttpResponse> Send(const S3Request& request);
  // The same, with the counting of attempts in the caller's hands: for bodies of which a part has come. Answers with
  // kUnavailable what is worth another try.
  Result<HttpResponse> SendOnce(const S3Request& request, std::string* retry_after);

  const StoreOptions& options() const { return options_; }

 private:
  S3Client(StoreOptions options, std::string region, Http* http)
      : options_(std::move(options)), region_(std::move(region)), http_(http), credentials_(options_, region_, http) {}

  struct Place {
    std::string scheme, host, path, region;
  };
  Place PlaceOf(const S3Url& url);
  Result<HttpResponse> SendSigned(const S3Request& request, const Credentials& credentials, const Place& place);
  // Whether something was learned from the refusal, so that the same request may succeed now.
  Result<bool> Learn(const S3Request& request, const HttpResponse& response, const Credentials& used);
  Status Refusal(const S3Request& request, const HttpResponse& response, const Credentials& used) const;

  const StoreOptions options_;
  const std::string region_;
  Http* const http_;
  CredentialChain credentials_;
  std::mutex mutex_;
  std::map<std::string, std::string> bucket_regions_;
  std::time_t clock_offset_ = 0;  // of the server's clock
};

}  // namespace sinew::store
