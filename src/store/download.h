// Objects in: whole, or a range of them, gone on with where a connection broke.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/remote.h"
#include "store/http.h"
#include "store/s3_client.h"

namespace sinew::store {

// Bytes `first` to `end` (exclusive; nothing: to the object's end). Where `etag` is not empty, only of the object that
// has it.
struct Range {
  uint64_t first = 0;
  std::optional<uint64_t> end;
  std::string etag;
};

// Gets the object's description with each piece.
using PieceSink = std::function<Status(const RemoteInfo& whole, std::string_view piece)>;

class Downloader {
 public:
  Downloader(const StoreOptions& options, Http* http, S3Client* s3) : options_(options), http_(http), s3_(s3) {}

  // s3://, https:// or http://. A broken connection is gone on from where it broke, as long as there is progress;
  // redirections of web addresses are followed. A whole object is compared with the checksum that the server names:
  // kCorrupt where they differ, after all pieces have been handed over.
  Result<RemoteInfo> Download(const std::string& url, const Range& range, const PieceSink& sink,
                              const RemoteStop& stop);
  Result<RemoteInfo> Examine(const std::string& url);

 private:
  Result<HttpResponse> SendOnce(const std::string& url, const std::string& method,
                                const std::map<std::string, std::string>& headers,
                                std::function<Status(const HttpResponse&, std::string_view)> sink,
                                const RemoteStop& stop, std::string* retry_after);

  const StoreOptions& options_;
  Http* const http_;
  S3Client* const s3_;
};

}  // namespace sinew::store
