// Attempts with growing offsets.
#include "store/download.h"

#include <charconv>

#include "base/error.h"
#include "store/digest.h"
#include "store/retry.h"
#include "store/url.h"

namespace sinew::store {
namespace {

constexpr int kMaxRedirections = 5;

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Of the whole object, by an answer to a request for all or some of it.
RemoteInfo Describe(const HttpResponse& response) {
  RemoteInfo info;
  info.etag = response.Header("etag");
  const std::string range = response.Header("content-range");
  const size_t slash = range.rfind('/');
  const std::string size =
      response.code == 206 && slash != std::string::npos ? range.substr(slash + 1) : response.Header("content-length");
  info.bytes = Number(size).value_or(0);
  if (info.etag.empty() && !response.Header("last-modified").empty())
    info.etag = fmt::format("{} {}", response.Header("last-modified"), info.bytes);
  return info;
}

// "bytes 100-199/1000" -> 100
std::optional<uint64_t> FirstByte(const HttpResponse& response) {
  std::string range = response.Header("content-range");
  if (!range.starts_with("bytes ")) return std::nullopt;
  range.erase(0, 6);
  return Number(range.substr(0, range.find('-')));
}

// What a store says of an object's content: an MD5 as ETag, unless it came in parts or is encrypted, and SHA-256 where
// the uploader wished for it.
class Check {
 public:
  void Add(std::string_view piece) {
    md5_.Add(piece);
    sha256_.Add(piece);
  }
  Status Compare(const HttpResponse& response, const std::string& url) {
    const std::string sha256 = response.Header("x-amz-checksum-sha256");
    if (!sha256.empty() && sha256.find('-') == std::string::npos && sha256 != Base64(sha256_.Finish()))
      return Corrupt("{}: what came has another SHA-256 than the store says", Shown(url));
    std::string etag = response.Header("etag");
    if (etag.size() == 34 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, 32);
    const std::string encryption = response.Header("x-amz-server-side-encryption");
    const bool is_md5 = url.starts_with("s3://") && etag.size() == 32 &&
                        etag.find_first_not_of("0123456789abcdef") == std::string::npos &&
                        (encryption.empty() || encryption == "AES256") &&
                        response.Header("x-amz-server-side-encryption-customer-algorithm").empty();
    if (is_md5 && etag != Hex(md5_.Finish()))
      return Corrupt("{}: what came has another MD5 than the store says", Shown(url));
    return Status();
  }

 private:
  Digest md5_{Digest::Kind::kMd5}, sha256_{Digest::Kind::kSha256};
};

}  // namespace

Result<HttpResponse> Downloader::SendOnce(const std::string& url, const std::string& method,
                                          const std::map<std::string, std::string>& headers,
                                          std::function<Status(const HttpResponse&, std::string_view)> sink,
                                          const RemoteStop& stop, std::string* retry_after) {
  if (url.starts_with("s3://")) {
    S3Request request;
    request.method = method;
    SINEW_ASSIGN_OR_RETURN(request.url, ParseS3(url));
    if (request.url.key.empty()) return InvalidArgument("{}: names no object: s3://bucket/key", url);
    request.headers = headers;
    request.headers["x-amz-checksum-mode"] = "ENABLED";
    request.sink = std::move(sink);
    request.stop = stop;
    return s3_->SendOnce(request, retry_after);
  }
  HttpRequest request;
  request.method = method;
  request.url = url;
  request.headers = headers;
  request.sink = std::move(sink);
  request.stop = stop;
  request.idle_seconds = options_.idle_seconds;
  for (int redirections = 0;; ++redirections) {
    Result<HttpResponse> response = http_->Send(request);
    if (!response.ok() || response->ok()) return response;
    *retry_after = response->Header("retry-after");
    if (IsTransient(response)) return Unavailable("{}: the server answered {}", Shown(url), response->code);
    if (response->code == 404 || response->code == 410) return NotFound("{}: no such file", Shown(url));
    if (response->code == 412) return Corrupt("{}: was replaced while it was read", Shown(url));
    const bool moved = response->code >= 301 && response->code <= 308 && !response->Header("location").empty();
    if (!moved || redirections == kMaxRedirections)
      return IoError("{}: the server answered {}", Shown(url), response->code);
    SINEW_ASSIGN_OR_RETURN(request.url, Redirected(request.url, response->Header("location")));
  }
}

Result<RemoteInfo> Downloader::Examine(const std::string& url) {
  Retries retries(options_, Shown(url));
  for (;;) {
    std::string retry_after;
    const Result<HttpResponse> response = SendOnce(url, "HEAD", {}, {}, {}, &retry_after);
    if (response.ok()) return Describe(*response);
    const StatusCode code = response.status().code();
    // A signed address may be for GET alone.
    const auto ignore = [](const RemoteInfo&, std::string_view) { return Status(); };
    if (code == StatusCode::kIo && !url.starts_with("s3://")) return Download(url, {0, 1, {}}, ignore, {});
    if (code != StatusCode::kUnavailable) return response.status();
    if (!retries.Again(response.status().message(), retry_after, {})) return response.status();
  }
}

Result<RemoteInfo> Downloader::Download(const std::string& url, const Range& range, const PieceSink& sink,
                                        const RemoteStop& stop) {
  Retries retries(options_, Shown(url));
  const bool whole = range.first == 0 && !range.end;
  Check check;
  RemoteInfo info;
  std::string etag = range.etag;
  uint64_t got = 0;
  for (;;) {
    const uint64_t from = range.first + got;
    std::map<std::string, std::string> headers;
    if (from > 0 || range.end)
      headers["range"] = fmt::format("bytes={}-{}", from, range.end ? std::to_string(*range.end - 1) : "");
    // A strong one only: others stand for contents that are much the same.
    if (etag.starts_with('"')) headers["if-match"] = etag;
    uint64_t skip = 0;
    bool begun = false;
    const auto take = [&](const HttpResponse& response, std::string_view piece) -> Status {
      if (!begun) {
        begun = true;
        const RemoteInfo now = Describe(response);
        if (!etag.empty() && now.etag != etag) return Corrupt("{}: was replaced while it was read", Shown(url));
        info = now;
        etag = now.etag;
        if (response.code == 206 && FirstByte(response) != from)
          return IoError("{}: the server sends another part than was asked for", Shown(url));
        skip = response.code == 206 ? 0 : from;  // a server without ranges begins at the beginning
      }
      if (skip > 0) {
        const size_t passed = static_cast<size_t>(std::min<uint64_t>(skip, piece.size()));
        skip -= passed;
        piece.remove_prefix(passed);
      }
      if (range.end)
        piece = piece.substr(0, static_cast<size_t>(std::min<uint64_t>(piece.size(), *range.end - range.first - got)));
      if (piece.empty()) return Status();
      got += piece.size();
      retries.Progress();
      if (whole) check.Add(piece);
      return sink(info, piece);
    };
    std::string retry_after;
    const Result<HttpResponse> response = SendOnce(url, "GET", headers, take, stop, &retry_after);
    if (response.ok()) {
      if (!begun) info = Describe(*response);  // it is empty
      const uint64_t end = range.end ? std::min(*range.end, info.bytes) : info.bytes;
      const bool known = !response->Header("content-length").empty() || response->code == 206;
      if (!known) info.bytes = range.first + got;
      if (known && range.first + got < end) {
        if (retries.Again("the answer ended early", "", stop)) continue;
        return Unavailable("{}: ended after {} of {} bytes", Shown(url), got, end - range.first);
      }
      if (whole) SINEW_RETURN_IF_ERROR(check.Compare(*response, url));
      return info;
    }
    if (stop && stop()) return Cancelled("{}: stopped", Shown(url));
    if (response.status().code() != StatusCode::kUnavailable) return response.status();
    if (!retries.Again(response.status().message(), retry_after, stop)) return response.status();
  }
}

}  // namespace sinew::store
