// PUT, and multipart uploads that outlive the process.
#include "store/upload.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/file.h"
#include "base/thread_group.h"
#include "store/digest.h"
#include "store/retry.h"
#include "store/xml.h"

namespace sinew::store {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string Text(const Json& object, const char* name) {
  if (!object.is_object()) return "";
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Enough to fill a connection of a machine's own; memory is a curl buffer each.
constexpr int kPartsAtATime = 4;

// By it, an object is known to be of one upload, whose last answer may have been lost: ETags of objects that came in
// parts are different from store to store, and with encryption.
constexpr const char* kMarkHeader = "x-amz-meta-sinew-upload";

std::string NewMark() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}", random(), random(), random());
}

struct DonePart {
  std::string etag, md5;  // hexadecimal
};

// The MD5 that a store answers with where it does not encrypt by keys of the user's.
bool IsOtherContent(const HttpResponse& response, const std::string& md5_hex) {
  std::string etag = response.Header("etag");
  if (etag.size() == 34) etag = etag.substr(1, 32);
  const std::string encryption = response.Header("x-amz-server-side-encryption");
  const bool is_md5 = etag.size() == 32 && (encryption.empty() || encryption == "AES256") &&
                      response.Header("x-amz-server-side-encryption-customer-algorithm").empty() &&
                      etag.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_md5 && etag != md5_hex;
}

Result<HttpResponse> PutPiece(S3Client* s3, S3Request request, const PieceDigests& digests) {
  request.method = "PUT";
  request.sha256 = Hex(digests.sha256);
  request.headers["content-md5"] = Base64(digests.md5);
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    SINEW_ASSIGN_OR_RETURN(HttpResponse response, s3->Send(request));
    if (!IsOtherContent(response, Hex(digests.md5))) return response;
    if (attempt == kAttempts) return Corrupt("{}: the store has another content than was sent", request.name());
  }
}

class Multipart {
 public:
  Multipart(S3Client* s3, int fd, uint64_t bytes, const fs::path& local, S3Url url)
      : s3_(s3),
        fd_(fd),
        bytes_(bytes),
        plan_(PlanParts(bytes)),
        note_(local.string() + ".upload"),
        url_(std::move(url)) {}

  Status Run() {
    SINEW_ASSIGN_OR_RETURN(const bool goes_on, GoOn());
    if (!goes_on) SINEW_RETURN_IF_ERROR(Begin());
    Status status = SendAll();
    if (goes_on && status.code() == StatusCode::kNotFound) {  // it has ended meanwhile: stores drop old ones
      SINEW_RETURN_IF_ERROR(Begin());
      status = SendAll();
    }
    if (status.ok()) {
      RemoveNote();
    } else if (status.code() != StatusCode::kUnavailable && status.code() != StatusCode::kCancelled) {
      Abort(upload_id_);
    }
    return status;
  }

 private:
  S3Request MakeRequest(const std::string& method, Query query) const {
    S3Request request;
    request.method = method;
    request.url = url_;
    request.query = std::move(query);
    return request;
  }
  std::string name() const { return "s3://" + url_.bucket + "/" + url_.key; }

  Status SendAll() {
    SINEW_RETURN_IF_ERROR(SendParts());
    return Complete();
  }

  // LOCAL.upload: a line for the upload, and one for each part. False where there is nothing to go on from.
  Result<bool> GoOn() {
    const Result<std::string> note = ReadFile(note_, uint64_t{8} << 20);
    if (!note.ok()) return false;
    std::string_view rest = *note;
    Json first;
    for (size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
      const Json line = Json::parse(rest.substr(0, end), nullptr, /*allow_exceptions=*/false);
      if (!line.is_object()) continue;
      if (line.contains("upload")) first = line;
      if (line.contains("part") && line["part"].is_number_integer())
        done_[line["part"].get<int>()] = {Text(line, "etag"), Text(line, "md5")};
    }
    const std::string earlier = Text(first, "upload");
    const bool same =
        Text(first, "url") == name() && first.contains("part_bytes") && first["part_bytes"] == plan_.part_bytes;
    if (!earlier.empty() && same) {
      upload_id_ = earlier;
      mark_ = Text(first, "mark");
      return true;
    }
    if (!earlier.empty()) Abort(earlier);
    return false;
  }

  Status Begin() {
    done_.clear();
    upload_id_.clear();
    mark_ = NewMark();
    SINEW_ASSIGN_OR_RETURN(const HttpResponse response, s3_->Send(BeginRequest()));
    SINEW_RETURN_IF_ERROR(ReadXml(response.body, [this](std::string_view path, const std::string& text) {
      if (path == "InitiateMultipartUploadResult/UploadId") upload_id_ = text;
    }));
    if (upload_id_.empty()) return IoError("{}: the store names no upload", name());
    const Json line = {{"upload", upload_id_}, {"url", name()}, {"part_bytes", plan_.part_bytes}, {"mark", mark_}};
    return WriteFile(note_, line.dump() + "\n");
  }

  S3Request BeginRequest() const {
    S3Request request = MakeRequest("POST", {{"uploads", ""}});
    request.headers["content-type"] = "application/octet-stream";
    request.headers[kMarkHeader] = mark_;
    return request;
  }

  Status SendParts() {
    std::atomic<int> next = 1;
    std::atomic<bool> failed = false;
    Status first;
    const auto work = [&] {
      for (int part = next++; part <= plan_.parts && !failed; part = next++) {
        const Status status = SendPart(part);
        if (status.ok()) continue;
        const std::scoped_lock lock(mutex_);
        if (!failed.exchange(true)) first = status;
      }
    };
    {
      ThreadGroup threads;
      threads.StartUpTo(kPartsAtATime - 1, work);
      work();
    }
    return first;
  }

  Status SendPart(int part) {
    S3Request request = MakeRequest("PUT", {{"partNumber", std::to_string(part)}, {"uploadId", upload_id_}});
    request.fd = fd_;
    request.offset = static_cast<uint64_t>(part - 1) * plan_.part_bytes;
    request.size = std::min(plan_.part_bytes, bytes_ - request.offset);
    SINEW_ASSIGN_OR_RETURN(const PieceDigests digests, DigestPiece(fd_, request.offset, request.size, name()));
    const std::string md5 = Hex(digests.md5);
    {
      const std::scoped_lock lock(mutex_);
      if (const auto done = done_.find(part); done != done_.end() && done->second.md5 == md5) return Status();
    }
    SINEW_ASSIGN_OR_RETURN(const HttpResponse response, PutPiece(s3_, std::move(request), digests));
    const std::string etag = response.Header("etag");
    if (etag.empty()) return IoError("{}: the store gives no ETag for part {}", name(), part);
    const std::scoped_lock lock(mutex_);
    done_[part] = {etag, md5};
    const Json line = {{"part", part}, {"etag", etag}, {"md5", md5}};
    const Descriptor note(OpenRetrying(note_.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC));
    if (note.get() < 0) return ErrnoError(note_, "open");
    return WriteToDescriptor(note.get(), note_, line.dump() + "\n");
  }

  Status Complete() {
    S3Request request = MakeRequest("POST", {{"uploadId", upload_id_}});
    std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (int part = 1; part <= plan_.parts; ++part) {
      body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", part, done_[part].etag);
    }
    request.body = body + "</CompleteMultipartUpload>";
    request.headers["content-type"] = "application/xml";
    Retries retries(s3_->options(), name());
    for (;;) {
      std::string retry_after;
      const Result<HttpResponse> response = s3_->SendOnce(request, &retry_after);
      if (response.ok()) return Status();
      const StatusCode code = response.status().code();
      if (code != StatusCode::kUnavailable && code != StatusCode::kNotFound) return response.status();
      // It may have been completed, and the answer been lost.
      const Result<HttpResponse> there = s3_->SendOnce(MakeRequest("HEAD", {}), nullptr);
      if (there.ok() && !mark_.empty() && there->Header(kMarkHeader) == mark_) return Status();
      if (code == StatusCode::kNotFound) return response.status();
      if (!retries.Again(response.status().message(), retry_after, {})) return response.status();
    }
  }

  // The parts that a store keeps cost money until then.
  void Abort(const std::string& id) {
    const Result<HttpResponse> response = s3_->Send(MakeRequest("DELETE", {{"uploadId", id}}));
    if (response.ok() || response.status().code() == StatusCode::kNotFound) RemoveNote();
  }

  void RemoveNote() const {
    std::error_code ignored;
    fs::remove(note_, ignored);
  }

  S3Client* const s3_;
  const int fd_;
  const uint64_t bytes_;
  const PartPlan plan_;
  const fs::path note_;
  const S3Url url_;
  std::string upload_id_, mark_;
  std::mutex mutex_;
  std::map<int, DonePart> done_;
};

}  // namespace

PartPlan PlanParts(uint64_t bytes) {
  constexpr uint64_t kMinBytes = uint64_t{8} << 20, kStep = uint64_t{1} << 20, kMaxParts = 9000;
  PartPlan plan;
  plan.part_bytes = std::max(kMinBytes, (bytes / kMaxParts / kStep + 1) * kStep);
  plan.parts = static_cast<int>((bytes + plan.part_bytes - 1) / plan.part_bytes);
  return plan;
}

Status UploadFile(S3Client* s3, int fd, const fs::path& local, const std::string& url) {
  SINEW_ASSIGN_OR_RETURN(S3Url parsed, ParseS3(url));
  if (parsed.key.empty() || parsed.key.ends_with('/'))
    return InvalidArgument("{}: names no object: write to s3://bucket/key", url);
  struct stat info;
  if (::fstat(fd, &info) != 0) return ErrnoError(local, "examine");
  const uint64_t bytes = static_cast<uint64_t>(info.st_size);
  if (bytes >= kMultipartBytes) return Multipart(s3, fd, bytes, local, std::move(parsed)).Run();
  S3Request request;
  request.url = std::move(parsed);
  request.fd = fd;
  request.size = bytes;
  SINEW_ASSIGN_OR_RETURN(const PieceDigests digests, DigestPiece(fd, 0, bytes, url));
  return PutPiece(s3, std::move(request), digests).status();
}

}  // namespace sinew::store
