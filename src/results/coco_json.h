// COCO's results format for keypoints, which its evaluation tools read: a list of people of all pictures.
//   [{"image_id":192,"category_id":1,"keypoints":[x,y,score, ... 17 of them],"score":0.9}, ...]
// Keypoints are those that the skeleton has of COCO's 17, in COCO's order; missing ones are 0,0,0.
//   Source: https://cocodataset.org/#format-results
// A picture whose name is a number of at most 12 digits, or ends in an underscore and 12 digits
// (COCO_val2014_000000000192), has this number, as COCO's own pictures do. All other frames, and further pictures of
// the same number, are numbered from kFirstRunningImageId on in the order of the input, those without people included;
// their people also have "file_name" and, in a video, "frame".
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/atomic_file.h"
#include "results/record.h"
#include "sinew/model_description.h"

namespace sinew::results {

// Beyond all numbers of 12 digits.
inline constexpr int64_t kFirstRunningImageId = 1'000'000'000'000;

// Appears under its name when finished. Write: kInvalidArgument for people of another skeleton.
Result<std::unique_ptr<RecordWriter>> CreateCocoWriter(const std::filesystem::path& path, const Skeleton& skeleton,
                                                       const WriteOptions& options = {});

}  // namespace sinew::results
