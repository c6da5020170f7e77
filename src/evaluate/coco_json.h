// Reading COCO's JSON: annotations (person_keypoints_*.json) and keypoint results.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evaluate/coco_types.h"
#include "sinew/status.h"

namespace sinew::evaluate {

struct CocoImage {
  int64_t id = 0;
  std::string file_name;  // a relative path that stays inside the folder of pictures
};

struct CocoDataset {
  int64_t category_id = 0;  // the one category that is annotated: person
  std::vector<CocoImage> images;
  std::vector<Annotation> people;
};

// `name` goes into error messages: kCorrupt for text that is not such a document, kUnsupported for several categories.
Result<CocoDataset> ParseCocoAnnotations(std::string_view text, std::string_view name);

// Results for pictures of `dataset`, in the file's order. Areas are those of the boxes ("bbox") where the first result
// has one, else those around the keypoints. Errors: kCorrupt, also for pictures or categories that `dataset` has not.
Result<std::vector<Detection>> ParseCocoResults(std::string_view text, std::string_view name,
                                                const CocoDataset& dataset);

}  // namespace sinew::evaluate
