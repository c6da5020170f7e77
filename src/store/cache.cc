// ETags, checksums, and times of writing.
#include "store/cache.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/file.h"
#include "store/digest.h"
#include "store/url.h"

namespace sinew::store {
namespace {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;

constexpr int kDownloads = 3;  // of what comes damaged

struct FileState {
  int64_t bytes = -1, modified_ns = 0;
  bool operator==(const FileState&) const = default;
};

FileState StateOf(const fs::path& path) {
  struct stat info;
  if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  return {info.st_size, info.st_mtim.tv_sec * int64_t{1'000'000'000} + info.st_mtim.tv_nsec};
}

Result<std::string> Sha256Of(const fs::path& path) {
  const Descriptor fd(OpenRetrying(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (fd.get() < 0) return ErrnoError(path, "open");
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) return ErrnoError(path, "examine");
  SINEW_ASSIGN_OR_RETURN(const PieceDigests digests,
                         DigestPiece(fd.get(), 0, static_cast<uint64_t>(info.st_size), path.string()));
  return Hex(digests.sha256);
}

std::string ShortHash(const std::string& text) { return Hex(Sha256(text)).substr(0, 24); }

fs::path OriginPath(fs::path copy) { return copy += ".origin"; }

Status WriteOrigin(const fs::path& copy, const std::string& url, const std::string& etag, const std::string& sha256) {
  const FileState state = StateOf(copy);
  const OrderedJson origin = {{"url", Shown(url)},
                              {"etag", etag},
                              {"sha256", sha256},
                              {"bytes", state.bytes},
                              {"modified_ns", state.modified_ns}};
  return WriteFile(OriginPath(copy), origin.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n");
}

// Whether the copy is what was downloaded.
bool IsGood(const fs::path& copy, const std::string& url, const std::string& etag) {
  const FileState state = StateOf(copy);
  if (state.bytes < 0) return false;
  const Result<std::string> text = ReadFile(OriginPath(copy), 1 << 16);
  const OrderedJson origin = text.ok() ? OrderedJson::parse(*text, nullptr, false) : OrderedJson();
  if (!origin.is_object() || !origin["sha256"].is_string() || !origin["bytes"].is_number_integer() ||
      !origin["modified_ns"].is_number_integer())
    return false;
  if (state == FileState{origin["bytes"].get<int64_t>(), origin["modified_ns"].get<int64_t>()}) return true;
  const Result<std::string> sha256 = Sha256Of(copy);
  // Touched, moved with its folder, but the same.
  return sha256.ok() && *sha256 == origin["sha256"].get<std::string>() && WriteOrigin(copy, url, etag, *sha256).ok();
}

void RemoveOthers(const fs::path& folder, const fs::path& keep) {
  std::error_code error;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    std::error_code ignored;
    if (i->path() != keep) fs::remove_all(i->path(), ignored);
  }
}

}  // namespace

Status FetchCache::DownloadTo(const fs::path& copy, const std::string& url, const RemoteInfo& info) {
  for (int attempt = 1;; ++attempt) {
    SINEW_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(copy));
    Digest sha256(Digest::Kind::kSha256);
    const auto take = [&](const RemoteInfo&, std::string_view piece) {
      sha256.Add(piece);
      return file.Write(piece);
    };
    const Result<RemoteInfo> got = downloader_->Download(url, {0, {}, info.etag}, take, {});
    if (got.status().code() == StatusCode::kCorrupt && attempt < kDownloads) continue;
    if (!got.ok()) return got.status();
    SINEW_RETURN_IF_ERROR(file.Commit());
    return WriteOrigin(copy, url, info.etag, Hex(sha256.Finish()));
  }
}

Result<fs::path> FetchCache::Fetch(const std::string& url) {
  const std::scoped_lock lock(mutex_);
  if (const auto known = fetched_.find(url); known != fetched_.end()) return known->second;
  SINEW_ASSIGN_OR_RETURN(const fs::path copy, FetchNow(url));
  fetched_.emplace(url, copy);
  return copy;
}

Result<fs::path> FetchCache::FetchNow(const std::string& url) {
  if (folder_.empty())
    return NotFound("{}: neither XDG_CACHE_HOME nor HOME says where a copy of it is kept: set one", Shown(url));
  SINEW_ASSIGN_OR_RETURN(const RemoteInfo info, downloader_->Examine(url));
  std::string name = Shown(url);
  name.erase(0, name.rfind('/') + 1);
  constexpr size_t kMaxNameBytes = 200;
  if (name.size() > kMaxNameBytes) name.erase(0, name.size() - kMaxNameBytes);
  if (name.empty() || name == "." || name == "..") return InvalidArgument("{}: names no file", Shown(url));
  const fs::path of_url = folder_ / ShortHash(url), of_etag = of_url / ShortHash(info.etag), copy = of_etag / name;
  if (!info.etag.empty() && IsGood(copy, url, info.etag)) return copy;
  SINEW_RETURN_IF_ERROR(MakeFolder(of_etag));
  SINEW_RETURN_IF_ERROR(DownloadTo(copy, url, info));
  RemoveOthers(of_url, of_etag);
  return copy;
}

}  // namespace sinew::store
