// Objects out: small ones at once, large ones in parts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "store/s3_client.h"

namespace sinew::store {

// Of parts, all but the last of which have one size. A store takes 10,000 of at least 5 MiB.
struct PartPlan {
  uint64_t part_bytes = 0;
  int parts = 0;
};
PartPlan PlanParts(uint64_t bytes);
// Smaller files go in one request.
inline constexpr uint64_t kMultipartBytes = uint64_t{16} << 20;

// Makes the content of the open file `fd` that of the object, checked on the way by SHA-256 (which the signature
// covers) and MD5. In parts, several at a time; LOCAL.upload notes which upload it is and which parts are there, so
// that another call with the same content goes on after a kill. One whose content has changed is aborted first, and so
// is this one where it fails for good.
Status UploadFile(S3Client* s3, int fd, const std::filesystem::path& local, const std::string& url);

}  // namespace sinew::store
