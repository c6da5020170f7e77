// COCO's documents, field by field; whatever is not read may be anything.
#include "evaluate/coco_json.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/error.h"

namespace sinew::evaluate {
namespace {

using Json = nlohmann::json;

// No picture has pixels beyond this; it keeps squares and areas finite.
constexpr double kMaxCoordinate = 1e9;
constexpr double kMaxArea = kMaxCoordinate * kMaxCoordinate;
constexpr double kMaxScore = 1e9;
constexpr size_t kKeypointValues = 3 * kCocoKeypointCount;

Result<Json> Parse(std::string_view text, std::string_view name) {
  // Outlines are most of an annotation file and are not read.
  const auto keep = [](int, Json::parse_event_t event, const Json& key) {
    return event != Json::parse_event_t::key || key != "segmentation";
  };
  Json document = Json::parse(text, keep, /*allow_exceptions=*/false);
  if (document.is_discarded()) return Corrupt("{}: is not JSON", name);
  return document;
}

Result<const Json*> List(const Json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_array()) {
    return Corrupt("has no list \"{}\"", key);
  }
  return &object[key];
}

Result<int64_t> Integer(const Json& object, const char* key, int64_t least = INT64_MIN, int64_t most = INT64_MAX) {
  const bool there = object.is_object() && object.contains(key) && object[key].is_number_integer();
  if (!there || (object[key].is_number_unsigned() && object[key].get<uint64_t>() > INT64_MAX)) {
    return Corrupt("has no whole number \"{}\"", key);
  }
  const int64_t number = object[key].get<int64_t>();
  if (number < least || number > most) return Corrupt("\"{}\" is {}, must be {} to {}", key, number, least, most);
  return number;
}

Result<double> Number(const Json& value, const char* key, double least, double most) {
  if (!value.is_number()) return Corrupt("\"{}\" has a value that is not a number", key);
  const double number = value.get<double>();
  if (!(number >= least && number <= most)) return Corrupt("\"{}\" has {}, must be {} to {}", key, number, least, most);
  return number;
}

Result<double> ParseNumber(const Json& object, const char* key, double least, double most) {
  if (!object.is_object() || !object.contains(key)) return Corrupt("has no number \"{}\"", key);
  return Number(object[key], key, least, most);
}

Result<std::vector<double>> Coordinates(const Json& object, const char* key, size_t count) {
  SINEW_ASSIGN_OR_RETURN(const Json* list, List(object, key));
  if (list->size() != count) return Corrupt("\"{}\" has {} values, must be {}", key, list->size(), count);
  std::vector<double> values;
  for (const Json& value : *list) {
    SINEW_ASSIGN_OR_RETURN(const double number, Number(value, key, -kMaxCoordinate, kMaxCoordinate));
    values.push_back(number);
  }
  return values;
}

Result<Box> ParseBox(const Json& object) {
  SINEW_ASSIGN_OR_RETURN(const std::vector<double> sides, Coordinates(object, "bbox", 4));
  if (sides[2] < 0 || sides[3] < 0) {
    return Corrupt("\"bbox\" is {} wide and {} high: must not be negative", sides[2], sides[3]);
  }
  return Box{sides[0], sides[1], sides[2], sides[3]};
}

Result<CocoImage> ParseImage(const Json& json) {
  CocoImage image;
  SINEW_ASSIGN_OR_RETURN(image.id, Integer(json, "id"));
  if (!json.contains("file_name") || !json["file_name"].is_string()) return Corrupt("has no text \"file_name\"");
  image.file_name = json["file_name"].get<std::string>();
  const std::filesystem::path path = std::filesystem::path(image.file_name).lexically_normal();
  const bool inside = !path.empty() && path.is_relative() && *path.begin() != "..";
  if (!inside || image.file_name.find('\0') != std::string::npos) {
    return Corrupt("\"file_name\" {} leads out of the folder of pictures",
                   json["file_name"].dump(-1, ' ', true, Json::error_handler_t::replace));
  }
  return image;
}

Result<Annotation> ParseAnnotation(const Json& json) {
  Annotation person;
  SINEW_ASSIGN_OR_RETURN(const std::vector<double> values, Coordinates(json, "keypoints", kKeypointValues));
  for (int c = 0; c < kCocoKeypointCount; ++c) {
    person.keypoints[c] = {values[3 * c], values[3 * c + 1]};
    person.labelled[c] = values[3 * c + 2] > 0;
  }
  SINEW_ASSIGN_OR_RETURN(person.box, ParseBox(json));
  SINEW_ASSIGN_OR_RETURN(person.area, ParseNumber(json, "area", 0, kMaxArea));
  SINEW_ASSIGN_OR_RETURN(const int64_t count, Integer(json, "num_keypoints", 0, kCocoKeypointCount));
  person.keypoint_count = static_cast<int>(count);
  SINEW_ASSIGN_OR_RETURN(const int64_t crowd, Integer(json, "iscrowd", 0, 1));
  person.crowd = crowd == 1;
  return person;
}

Result<Detection> ParseDetection(const Json& json, bool with_box) {
  Detection detection;
  SINEW_ASSIGN_OR_RETURN(const std::vector<double> values, Coordinates(json, "keypoints", kKeypointValues));
  for (int c = 0; c < kCocoKeypointCount; ++c) detection.keypoints[c] = {values[3 * c], values[3 * c + 1]};
  SINEW_ASSIGN_OR_RETURN(detection.score, ParseNumber(json, "score", -kMaxScore, kMaxScore));
  if (with_box) {
    SINEW_ASSIGN_OR_RETURN(const Box box, ParseBox(json));
    detection.area = box.width * box.height;
  } else {
    detection.area = KeypointBoxArea(detection.keypoints);
  }
  return detection;
}

// The picture that an annotation or result belongs to.
Result<int64_t> ParseImageId(const Json& json, const std::unordered_set<int64_t>& image_ids, int64_t category_id) {
  SINEW_ASSIGN_OR_RETURN(const int64_t category, Integer(json, "category_id"));
  if (category != category_id) return Corrupt("is of category {}, the annotated one is {}", category, category_id);
  SINEW_ASSIGN_OR_RETURN(const int64_t image, Integer(json, "image_id"));
  if (!image_ids.contains(image)) return Corrupt("is on image {}, which the annotations do not list", image);
  return image;
}

Result<CocoDataset> ParseDataset(const Json& document) {
  CocoDataset dataset;
  SINEW_ASSIGN_OR_RETURN(const Json* categories, List(document, "categories"));
  if (categories->size() != 1) {
    return Unsupported("has {} categories, must have one: is this a person_keypoints_*.json?", categories->size());
  }
  SINEW_ASSIGN_OR_RETURN(dataset.category_id, Integer((*categories)[0], "id"));

  SINEW_ASSIGN_OR_RETURN(const Json* images, List(document, "images"));
  std::unordered_set<int64_t> image_ids;
  for (size_t i = 0; i < images->size(); ++i) {
    Result<CocoImage> image = ParseImage((*images)[i]);
    if (!image.ok()) return Prefixed(fmt::format("image {}", i), image.status());
    if (!image_ids.insert(image->id).second) return Corrupt("image {}: its id {} is there twice", i, image->id);
    dataset.images.push_back(std::move(*image));
  }

  SINEW_ASSIGN_OR_RETURN(const Json* annotations, List(document, "annotations"));
  for (size_t i = 0; i < annotations->size(); ++i) {
    const Result<int64_t> image = ParseImageId((*annotations)[i], image_ids, dataset.category_id);
    Result<Annotation> person = image.ok() ? ParseAnnotation((*annotations)[i]) : image.status();
    if (!person.ok()) return Prefixed(fmt::format("annotation {}", i), person.status());
    person->image_id = *image;
    dataset.people.push_back(*person);
  }
  return dataset;
}

}  // namespace

Result<CocoDataset> ParseCocoAnnotations(std::string_view text, std::string_view name) {
  SINEW_ASSIGN_OR_RETURN(const Json document, Parse(text, name));
  Result<CocoDataset> dataset = ParseDataset(document);
  if (!dataset.ok()) return Prefixed(name, dataset.status());
  return dataset;
}

Result<std::vector<Detection>> ParseCocoResults(std::string_view text, std::string_view name,
                                                const CocoDataset& dataset) {
  SINEW_ASSIGN_OR_RETURN(const Json document, Parse(text, name));
  if (!document.is_array()) return Corrupt("{}: COCO results are a list of objects", name);
  std::unordered_set<int64_t> image_ids;
  for (const CocoImage& image : dataset.images) image_ids.insert(image.id);
  std::vector<Detection> detections;
  const Json first = document.empty() ? Json() : document[0];
  const bool with_boxes = first.is_object() && first.contains("bbox") && !first["bbox"].empty();
  for (size_t i = 0; i < document.size(); ++i) {
    const Result<int64_t> image = ParseImageId(document[i], image_ids, dataset.category_id);
    Result<Detection> detection = image.ok() ? ParseDetection(document[i], with_boxes) : image.status();
    if (!detection.ok()) return Prefixed(fmt::format("{}: result {}", name, i), detection.status());
    detection->image_id = *image;
    detections.push_back(*detection);
  }
  return detections;
}

}  // namespace sinew::evaluate
