// Copies of objects on this disk, for what is mapped: models.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "store/download.h"

namespace sinew::store {

// FOLDER/HASH-OF-URL/HASH-OF-ETAG/NAME, and NAME.origin beside it with the URL, the ETag and the SHA-256. Safe between
// processes: a copy appears when it is whole and checked.
class FetchCache {
 public:
  FetchCache(std::filesystem::path folder, Downloader* downloader)
      : folder_(std::move(folder)), downloader_(downloader) {}

  // Thread-safe. Asks the store, once a process and URL, which content the object has, and downloads it unless there is
  // a copy. A copy that was written to since is compared with its checksum, and fetched again where it differs. Copies
  // of earlier contents go.
  Result<std::filesystem::path> Fetch(const std::string& url);

 private:
  Result<std::filesystem::path> FetchNow(const std::string& url);
  Status DownloadTo(const std::filesystem::path& copy, const std::string& url, const RemoteInfo& info);

  const std::filesystem::path folder_;
  Downloader* const downloader_;
  std::mutex mutex_;
  std::map<std::string, std::filesystem::path> fetched_;  // a process works with one content of each
};

}  // namespace sinew::store
