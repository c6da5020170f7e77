// Listing and judging by name.
#include "media/prefix_inputs.h"

#include <fnmatch.h>

#include <utility>

#include "base/error.h"
#include "media/content.h"
#include "media/extension.h"

namespace sinew::media {

Result<bool> PrefixInputs::Next(Input* input, const std::function<void(SkippedFile)>& skipped) {
  if (listing_ == nullptr) {
    SINEW_ASSIGN_OR_RETURN(RemoteFiles* const remote, LoadRemote(prefix_.location));
    SINEW_ASSIGN_OR_RETURN(listing_, remote->List(prefix_.location, prefix_.recursive, stop_));
  }
  for (RemoteEntry entry;;) {
    SINEW_ASSIGN_OR_RETURN(const bool more, listing_->Next(&entry));
    if (!more) break;
    if (IsStopped(stop_)) return Cancelled("{}: stopped", prefix_.name);
    const std::string name = entry.url.substr(entry.url.rfind('/') + 1);
    const bool is_hidden = name.empty() || name[0] == '.';  // no name: what tools make in place of a folder
    if (is_hidden) continue;
    if (!prefix_.pattern.empty() && ::fnmatch(prefix_.pattern.c_str(), entry.url.c_str(), FNM_PATHNAME) != 0) continue;
    Result<InputKind> kind = InputKind::kPicture;
    if (HasVideoExtension(name)) {
      kind = InputKind::kVideo;
    } else if (!HasPictureExtension(name)) {
      kind = entry.bytes == 0 ? Result<InputKind>(Unsupported("is empty")) : SniffFile(entry.url);
    }
    if (!kind.ok()) {
      ++skipped_;
      if (skipped) skipped({entry.url, kind.status().message()});
      continue;
    }
    ++found_;
    *input = {*kind, entry.url, entry.url, Status()};
    input->bytes = static_cast<int64_t>(entry.bytes);
    input->etag = std::move(entry.etag);
    return true;
  }
  if (found_ > 0) return false;
  return NotFound("{}: {} no picture and no video{}", prefix_.name,
                  prefix_.pattern.empty() ? "there is nothing of that name in the store, or below it" : "matches",
                  skipped_ > 0 ? fmt::format("; skipped: {}", skipped_) : "");
}

}  // namespace sinew::media
