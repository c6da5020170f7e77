// What lies below a prefix, page by page.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/remote.h"
#include "store/s3_client.h"

namespace sinew::store {

struct ListPage {
  std::vector<RemoteEntry> entries;
  std::string next;  // how the page behind this one is asked for; empty: there is none
};
// An answer to ListObjectsV2 with encoding-type=url. kCorrupt.
Result<ListPage> ParseListPage(std::string_view document, const std::string& bucket);

// `s3` must outlive it. A thousand keys are in memory at a time.
Result<std::unique_ptr<RemoteListing>> ListObjects(S3Client* s3, const std::string& url, bool recursive,
                                                   const RemoteStop& stop);

}  // namespace sinew::store
