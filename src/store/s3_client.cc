// Where a bucket is, who asks, and what refusals teach.
#include "store/s3_client.h"

#include <curl/curl.h>

#include <utility>

#include "base/error.h"
#include "store/aws_files.h"
#include "store/digest.h"
#include "store/retry.h"
#include "store/xml.h"

namespace sinew::store {
namespace {

// Refusals after which something can have been learned, in a row: a region, credentials, a clock.
constexpr int kMaxLessons = 4;
constexpr const char* kDefaultRegion = "us-east-1";

bool IsExpired(const std::string& code) {
  return code == "ExpiredToken" || code == "ExpiredTokenException" || code == "RequestExpired" ||
         code == "TokenRefreshRequired" || code == "InvalidToken";
}

// What a HEAD request, whose answer has no body, leaves open.
bool IsOpen(const S3Request& request, const HttpResponse& response) {
  return request.method == "HEAD" && (response.code == 400 || response.code == 403);
}

}  // namespace

Result<std::unique_ptr<S3Client>> S3Client::Create(const StoreOptions& given, Http* http) {
  StoreOptions options = given;
  const Profile profile = ReadProfile(ProfileName(options.profile));
  const auto first = [&profile](std::initializer_list<const char*> variables, const char* key) {
    for (const char* variable : variables) {
      if (std::string value = Environment(variable); !value.empty()) return value;
    }
    const auto found = profile.find(key);
    return found == profile.end() ? std::string() : found->second;
  };
  if (options.endpoint.empty()) options.endpoint = first({"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}, "endpoint_url");
  if (options.region.empty()) options.region = first({"AWS_REGION", "AWS_DEFAULT_REGION"}, "region");
  if (!options.endpoint.empty()) {
    const Result<Address> address = ParseAddress(options.endpoint);
    if (!address.ok()) return InvalidArgument("--s3-endpoint: {}", address.status().message());
  }
  const std::string region = options.region.empty() ? kDefaultRegion : options.region;
  return std::unique_ptr<S3Client>(new S3Client(std::move(options), region, http));
}

S3Client::Place S3Client::PlaceOf(const S3Url& url) {
  Place place;
  {
    const std::scoped_lock lock(mutex_);
    const auto known = bucket_regions_.find(url.bucket);
    place.region = known == bucket_regions_.end() ? region_ : known->second;
  }
  const bool is_own = !options_.endpoint.empty();
  place.scheme = "https";
  place.host = place.region == kDefaultRegion ? "s3.amazonaws.com" : fmt::format("s3.{}.amazonaws.com", place.region);
  if (is_own) {
    const Address address = ParseAddress(options_.endpoint).value();
    place.scheme = address.scheme;
    place.host = address.host;
  }
  // A dot in a bucket's name is one level more than a certificate for *.HOST covers.
  const bool as_path =
      options_.style == StoreOptions::Style::kPath ||
      (options_.style == StoreOptions::Style::kAuto && (is_own || url.bucket.find('.') != std::string::npos));
  const std::string key = UriEncoded(url.key, /*keep_slash=*/true);
  place.path = as_path ? fmt::format("/{}{}{}", url.bucket, key.empty() ? "" : "/", key) : "/" + key;
  if (!as_path) place.host = url.bucket + "." + place.host;
  return place;
}

Result<HttpResponse> S3Client::SendSigned(const S3Request& request, const Credentials& credentials,
                                          const Place& place) {
  std::time_t now = std::time(nullptr);
  {
    const std::scoped_lock lock(mutex_);
    now += clock_offset_;
  }
  const std::string sha256 = request.fd >= 0        ? request.sha256
                             : request.body.empty() ? std::string(kEmptySha256)
                                                    : Hex(Sha256(request.body));
  HttpRequest http;
  http.method = request.method;
  http.headers = Sign({request.method, place.host, place.path, request.query, request.headers, sha256}, credentials,
                      place.region, "s3", now);
  const std::string query = CanonicalQuery(request.query);
  http.url = fmt::format("{}://{}{}{}{}", place.scheme, place.host, place.path, query.empty() ? "" : "?", query);
  http.body = request.body;
  http.fd = request.fd;
  http.offset = request.offset;
  http.size = request.size;
  http.sink = request.sink;
  http.stop = request.stop;
  http.idle_seconds = options_.idle_seconds;
  return http_->Send(http);
}

Result<bool> S3Client::Learn(const S3Request& request, const HttpResponse& response, const Credentials& used) {
  const XmlError error = ReadXmlError(response.body);
  std::string region = response.Header("x-amz-bucket-region");
  if (region.empty() && (error.code == "AuthorizationHeaderMalformed" || response.code == 301)) region = error.region;
  if (!region.empty()) {
    const std::scoped_lock lock(mutex_);
    std::string& known = bucket_regions_[request.url.bucket];
    const std::string before = known.empty() ? region_ : known;
    known = region;
    if (before != region) return true;
  }
  if (error.code == "RequestTimeTooSkewed") {
    const std::time_t server = curl_getdate(response.Header("date").c_str(), nullptr);
    const std::scoped_lock lock(mutex_);
    if (server > 0) clock_offset_ = server - std::time(nullptr);
    return server > 0;
  }
  if (IsExpired(error.code) && !used.anonymous()) {
    SINEW_ASSIGN_OR_RETURN(const Credentials renewed, credentials_.Renew(used, request.stop));
    if (renewed != used && options_.log)
      options_.log(fmt::format("{}: the credentials had expired; renewed from {}", request.name(), renewed.source));
    return renewed != used;
  }
  return false;
}

Status S3Client::Refusal(const S3Request& request, const HttpResponse& response, const Credentials& used) const {
  const XmlError error = ReadXmlError(response.body);
  const std::string name = request.name();
  if (response.code == 404) {
    return error.code == "NoSuchBucket"   ? NotFound("{}: there is no bucket {}", name, request.url.bucket)
           : error.code == "NoSuchUpload" ? NotFound("{}: the upload has ended or was aborted", name)
                                          : NotFound("{}: no such object", name);
  }
  if (response.code == 412) return Corrupt("{}: was replaced while it was read", name);
  if (IsExpired(error.code))
    return IoError("{}: the credentials of {} have expired: renew them, and run the command again", name, used.source);
  if (response.code == 401 || response.code == 403) {
    const std::string why = error.code.empty() ? std::to_string(response.code) : error.code;
    if (used.anonymous()) {
      return IoError(
          "{}: refused ({}), and no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a "
          "profile by --s3-profile",
          name, why);
    }
    return IoError("{}: refused ({}) with the credentials of {}", name, why, used.source);
  }
  const std::string text = error.code.empty() ? "" : fmt::format(" {}: {}", error.code, error.message);
  return IoError("{}: the store answered {}{}", name, response.code, text);
}

Result<HttpResponse> S3Client::SendOnce(const S3Request& request, std::string* retry_after) {
  SINEW_ASSIGN_OR_RETURN(Credentials credentials, credentials_.Get(request.stop));
  for (int lesson = 0;; ++lesson) {
    Result<HttpResponse> response = SendSigned(request, credentials, PlaceOf(request.url));
    if (!response.ok()) return response;
    if (response->ok()) {
      // Long operations send their headers first, and may fail after that.
      const XmlError error = request.sink || request.method == "GET" ? XmlError() : ReadXmlError(response->body);
      if (error.code.empty()) return response;
      return Unavailable("{}: the store answered {}: {}", request.name(), error.code, error.message);
    }
    if (retry_after != nullptr) *retry_after = response->Header("retry-after");
    const XmlError error = ReadXmlError(response->body);
    if (IsTransient(response) || error.code == "RequestTimeout" || error.code == "SlowDown" ||
        error.code == "BadDigest" || error.code == "XAmzContentSHA256Mismatch") {
      return Unavailable("{}: the store answered {}{}", request.name(), response->code,
                         error.code.empty() ? "" : " " + error.code);
    }
    if (IsOpen(request, *response)) {
      S3Request question = request;
      question.method = "GET";
      question.headers["range"] = "bytes=0-0";
      SINEW_ASSIGN_OR_RETURN(HttpResponse answer, SendOnce(question, retry_after));
      const std::string range = answer.Header("content-range");
      if (const size_t slash = range.rfind('/'); slash != std::string::npos)
        answer.headers["content-length"] = range.substr(slash + 1);
      return answer;
    }
    if (lesson == kMaxLessons) return Refusal(request, *response, credentials);
    SINEW_ASSIGN_OR_RETURN(const bool learned, Learn(request, *response, credentials));
    if (!learned) return Refusal(request, *response, credentials);
    SINEW_ASSIGN_OR_RETURN(credentials, credentials_.Get(request.stop));
  }
}

Result<HttpResponse> S3Client::Send(const S3Request& request) {
  Retries retries(options_, request.name());
  for (;;) {
    std::string retry_after;
    Result<HttpResponse> response = SendOnce(request, &retry_after);
    if (response.ok() || response.status().code() != StatusCode::kUnavailable) return response;
    if (!retries.Again(response.status().message(), retry_after, request.stop)) return response;
  }
}

}  // namespace sinew::store
