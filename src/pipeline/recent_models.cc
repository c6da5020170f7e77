// A short list, moved to the front.
#include "pipeline/recent_models.h"

#include <algorithm>

#include "base/error.h"

namespace sinew::pipeline {
namespace {

// Pictures of one camera have two shapes; each model holds its own weights.
constexpr size_t kModels = 4;

}  // namespace

Result<Model> RecentModels::Get(const std::vector<Resolution>& resolutions) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.resolutions == resolutions; });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
  } else {
    SINEW_ASSIGN_OR_RETURN(Model model, provider_(resolutions));
    entries_.push_front({resolutions, std::move(model)});
    if (entries_.size() > kModels) entries_.pop_back();
  }
  return entries_.front().model;
}

}  // namespace sinew::pipeline
