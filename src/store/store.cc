// The module's entry. See store.h.
#include "store/store.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/guard.h"
#include "sinew/version.h"
#include "store/cache.h"
#include "store/download.h"
#include "store/http.h"
#include "store/listing.h"
#include "store/s3_client.h"
#include "store/upload.h"
#include "store/url.h"

namespace sinew::store {
namespace {

constexpr int kDownloads = 3;  // of what comes damaged

// Reads ahead: videos are read from one end to the other, in pieces that are small beside a request's delay.
class Reader : public RemoteReader {
 public:
  Reader(Downloader* downloader, std::string url, RemoteInfo info, RemoteStop stop)
      : downloader_(downloader), url_(std::move(url)), info_(std::move(info)), stop_(std::move(stop)) {}

  uint64_t size_bytes() const override { return info_.bytes; }

  Result<size_t> ReadAt(uint64_t offset, std::span<uint8_t> into) override {
    if (offset >= info_.bytes || into.empty()) return 0;
    if (offset < begin_ || offset >= begin_ + buffer_.size()) SINEW_RETURN_IF_ERROR(Load(offset));
    const size_t at = static_cast<size_t>(offset - begin_);
    const size_t count = std::min(into.size(), buffer_.size() - at);
    std::memcpy(into.data(), buffer_.data() + at, count);
    return count;
  }

 private:
  // A jump loads little, as indices at a file's end are; what goes on from there, ever more.
  Status Load(uint64_t offset) {
    constexpr uint64_t kFirstBytes = uint64_t{256} << 10, kMaxBytes = uint64_t{8} << 20;
    const bool goes_on = offset == begin_ + buffer_.size() && !buffer_.empty();
    ahead_bytes_ = goes_on ? std::min(kMaxBytes, 2 * ahead_bytes_) : kFirstBytes;
    buffer_.clear();
    begin_ = offset;
    const uint64_t end = std::min(info_.bytes, offset + ahead_bytes_);
    const auto take = [this](const RemoteInfo&, std::string_view piece) {
      buffer_ += piece;
      return Status();
    };
    return downloader_->Download(url_, {offset, end, info_.etag}, take, stop_).status();
  }

  Downloader* const downloader_;
  const std::string url_;
  const RemoteInfo info_;
  const RemoteStop stop_;
  std::string buffer_;
  uint64_t begin_ = 0, ahead_bytes_ = 0;
};

class Stores : public RemoteFiles {
 public:
  static Result<std::unique_ptr<RemoteFiles>> Create(const StoreOptions& options) {
    auto stores = std::unique_ptr<Stores>(new Stores(options));
    SINEW_ASSIGN_OR_RETURN(stores->s3_, S3Client::Create(options, &stores->http_));
    stores->downloader_.emplace(stores->options_, &stores->http_, stores->s3_.get());
    stores->cache_.emplace(options.cache_folder, &*stores->downloader_);
    return std::unique_ptr<RemoteFiles>(std::move(stores));
  }

  Result<RemoteInfo> Examine(const std::string& url) override {
    return CatchAll([&] { return downloader_->Examine(url); });
  }

  Result<std::string> Read(const std::string& url, uint64_t max_bytes, const RemoteStop& stop) override {
    return CatchAll([&]() -> Result<std::string> {
      for (int attempt = 1;; ++attempt) {
        std::string content;
        const auto take = [&](const RemoteInfo& whole, std::string_view piece) -> Status {
          if (std::max<uint64_t>(whole.bytes, content.size() + piece.size()) > max_bytes)
            return TooLarge("{}: has {} bytes, the limit is {}", Shown(url),
                            std::max<uint64_t>(whole.bytes, content.size() + piece.size()), max_bytes);
          if (content.empty()) content.reserve(static_cast<size_t>(whole.bytes));
          content += piece;
          return Status();
        };
        const Result<RemoteInfo> info = downloader_->Download(url, {}, take, stop);
        if (info.ok()) return content;
        if (info.status().code() != StatusCode::kCorrupt || attempt == kDownloads) return info.status();
      }
    });
  }

  Result<std::string> ReadPrefix(const std::string& url, size_t count) override {
    return CatchAll([&]() -> Result<std::string> {
      std::string content;
      if (count == 0) return content;
      const auto take = [&](const RemoteInfo&, std::string_view piece) {
        content += piece;
        return Status();
      };
      const Result<RemoteInfo> info = downloader_->Download(url, {0, count, {}}, take, {});
      if (info.ok()) return content;
      // A range of an empty object is refused (416).
      if (info.status().code() == StatusCode::kIo && content.empty()) {
        const Result<RemoteInfo> whole = downloader_->Examine(url);
        if (whole.ok() && whole->bytes == 0) return content;
      }
      return info.status();
    });
  }

  Result<std::unique_ptr<RemoteReader>> Open(const std::string& url, const RemoteStop& stop) override {
    return CatchAll([&]() -> Result<std::unique_ptr<RemoteReader>> {
      SINEW_ASSIGN_OR_RETURN(RemoteInfo info, downloader_->Examine(url));
      return std::unique_ptr<RemoteReader>(new Reader(&*downloader_, url, std::move(info), stop));
    });
  }

  Result<std::unique_ptr<RemoteListing>> List(const std::string& url, bool recursive, const RemoteStop& stop) override {
    if (!url.starts_with("s3://")) return InvalidArgument("{}: a web server has no folders to list", Shown(url));
    return CatchAll([&] { return ListObjects(s3_.get(), url, recursive, stop); });
  }

  Result<std::filesystem::path> Fetch(const std::string& url) override {
    return CatchAll([&] { return cache_->Fetch(url); });
  }

  Status Upload(int fd, const std::filesystem::path& local, const std::string& url) override {
    return CatchAll([&] { return UploadFile(s3_.get(), fd, local, url); });
  }

 private:
  explicit Stores(const StoreOptions& options) : options_(options), http_(options.ca_file) {}

  const StoreOptions options_;
  Http http_;
  std::unique_ptr<S3Client> s3_;
  std::optional<Downloader> downloader_;
  std::optional<FetchCache> cache_;
};

class Module : public StoreModule {
 public:
  Result<std::unique_ptr<RemoteFiles>> Create(const StoreOptions& options) const override {
    return CatchAll([&] { return Stores::Create(options); });
  }
};

}  // namespace
}  // namespace sinew::store

extern "C" const sinew::store::StoreModule* SinewStoreModule(const char* version) {
  if (std::strcmp(version, sinew::kVersion) != 0) return nullptr;
  static const sinew::store::Module module;
  return &module;
}
