// What the files of a frame are called, so that no frame overwrites another's.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "results/record.h"

namespace sinew::results {

// What the names of a source's files begin with: its file's name without the suffix, cut to 200 bytes.
std::string StemOf(const std::string& source);

// Hands out names as OpenPose does: the stem of the source's name, for a video with the frame's number in 12 digits
// ("walk_000000000012"). A second source with the name of an earlier one gets "-2", a third "-3", and so on, in the
// order of the input: photo, photo-2. Names are cut to 200 bytes, so that every suffix fits into a file system's 255.
//
// Asked once a frame, in order, also for those without files; all files of a frame share the name.
class ResultNames {
 public:
  // Looks at source, frame number and time only.
  std::string Next(const Record& record);

 private:
  bool Claim(const std::string& name, bool is_video);

  // Stems of pictures and of videos, and what is in front of the 12 digits of pictures that are named like frames.
  std::unordered_set<std::string> pictures_, videos_, framelike_pictures_;
  // The video that frames came from last: it keeps its name.
  std::string source_, name_;
  int64_t frame_ = -1;
};

}  // namespace sinew::results
