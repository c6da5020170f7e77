// libcurl's easy interface with a pool of handles, each with its connections.
#include "store/http.h"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "store/url.h"

namespace sinew::store {
namespace {

// Answers that say why something failed, and lists of a thousand keys, are far smaller.
constexpr size_t kMaxBodyBytes = size_t{32} << 20;

struct Transfer {
  const HttpRequest* request;
  HttpResponse response;
  Status status;      // of the sink, or of reading the file
  uint64_t sent = 0;  // of the body
};

size_t OnHeader(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  std::string_view line(data, size * count);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // of this answer: one of "100 Continue" came before
    transfer.response.headers.clear();
    const size_t space = line.find(' ');
    transfer.response.code =
        space == std::string_view::npos ? 0 : std::atol(std::string(line.substr(space + 1)).c_str());
  } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; });
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    transfer.response.headers[name] = value;
  }
  return size * count;
}

size_t OnBody(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string_view piece(data, size * count);
  if (transfer.response.ok() && transfer.request->sink) {
    transfer.status = transfer.request->sink(transfer.response, piece);
    return transfer.status.ok() ? piece.size() : 0;
  }
  if (transfer.response.body.size() + piece.size() > kMaxBodyBytes) {
    transfer.status = TooLarge("{}: the server's answer is too long", Shown(transfer.request->url));
    return 0;
  }
  transfer.response.body += piece;
  return piece.size();
}

size_t OnRead(char* buffer, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const HttpRequest& request = *transfer.request;
  const uint64_t total = request.fd >= 0 ? request.size : request.body.size();
  const size_t wanted = static_cast<size_t>(std::min<uint64_t>(size * count, total - transfer.sent));
  if (wanted == 0) return 0;
  if (request.fd < 0) {
    std::memcpy(buffer, request.body.data() + transfer.sent, wanted);
    transfer.sent += wanted;
    return wanted;
  }
  ssize_t got;
  do {
    got = ::pread(request.fd, buffer, wanted, static_cast<off_t>(request.offset + transfer.sent));
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    transfer.status = IoError("a file to be uploaded cannot be read: {}",
                              got < 0 ? std::strerror(errno) : "it became shorter meanwhile");
    return CURL_READFUNC_ABORT;
  }
  transfer.sent += static_cast<uint64_t>(got);
  return static_cast<size_t>(got);
}

int OnSeek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Transfer*>(self)->sent = static_cast<uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const RemoteStop& stop = static_cast<Transfer*>(self)->request->stop;
  return stop && stop() ? 1 : 0;
}

bool IsTrustError(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CERTPROBLEM ||
         code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_CRL_BADFILE;
}

}  // namespace

class Http::Pool {
 public:
  ~Pool() {
    for (CURL* handle : free_) curl_easy_cleanup(handle);
  }
  CURL* Take() {
    const std::scoped_lock lock(mutex_);
    if (free_.empty()) return curl_easy_init();
    CURL* const handle = free_.back();
    free_.pop_back();
    return handle;
  }
  void Give(CURL* handle) {
    curl_easy_reset(handle);  // its connections stay
    const std::scoped_lock lock(mutex_);
    free_.push_back(handle);
  }

 private:
  std::mutex mutex_;
  std::vector<CURL*> free_;
};

Http::Http(std::string ca_file) : ca_file_(std::move(ca_file)), pool_(std::make_unique<Pool>()) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

Http::~Http() = default;

Result<HttpResponse> Http::Send(const HttpRequest& request) {
  CURL* const curl = pool_->Take();
  if (curl == nullptr) return TooLarge("out of memory for a connection");
  Transfer transfer{&request, {}, {}, 0};
  curl_slist* headers = nullptr;
  const auto add = [&headers](const std::string& line) { headers = curl_slist_append(headers, line.c_str()); };
  for (const auto& [name, value] : request.headers) add(name + (value.empty() ? ";" : ": " + value));
  const bool has_body = request.fd >= 0 || !request.body.empty() || request.method == "PUT" || request.method == "POST";
  if (has_body) {
    // Small bodies go at once; a server may refuse large ones before they are sent.
    constexpr uint64_t kExpectBytes = 1 << 20;
    if (request.size < kExpectBytes) add("expect:");
    if (!request.headers.contains("content-type")) add("content-type:");
  }
  char error[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);  // keys may hold "/../"
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "sinew");
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(1e3 * request.connect_seconds));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, std::max(1L, static_cast<long>(request.idle_seconds)));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(1e3 * request.total_seconds));
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 1L << 17);
  curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  if (request.direct) curl_easy_setopt(curl, CURLOPT_PROXY, "");
  if (!ca_file_.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file_.c_str());
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (has_body) {
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, OnRead);
    curl_easy_setopt(curl, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, OnSeek);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(request.fd >= 0 ? request.size : request.body.size()));
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  } else {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  const CURLcode code = curl_easy_perform(curl);
  curl_slist_free_all(headers);
  pool_->Give(curl);
  if (code == CURLE_OK) return std::move(transfer.response);
  if (!transfer.status.ok()) return transfer.status;
  if (code == CURLE_ABORTED_BY_CALLBACK) return Cancelled("{}: stopped", Shown(request.url));
  const std::string reason = error[0] != '\0' ? error : curl_easy_strerror(code);
  if (IsTrustError(code)) {
    return IoError("{}: the server is not to be trusted ({}); an authority of your own is named by --ca FILE",
                   Shown(request.url), reason);
  }
  // An answer that came before all was sent says more than the broken connection behind it.
  if (transfer.response.code >= 300 && !transfer.response.headers.empty() && has_body)
    return std::move(transfer.response);
  return Unavailable("{}: {}", Shown(request.url), reason);
}

}  // namespace sinew::store
