// Checks, and the way from cells to pixels.
#include "pose/trt_pose_decoder.h"

#include <algorithm>

#include "base/error.h"
#include "base/stopwatch.h"
#include "pose/decode.h"
#include "pose/trt_pose.h"

namespace sinew::pose {
namespace {

// From cells to pixels of the picture along one side.
struct ToPicture {
  double factor, offset;
  float last;

  float operator()(float cells) const {
    return std::clamp(static_cast<float>(static_cast<double>(cells) * factor + offset), 0.0f, last);
  }
};

ToPicture MakeToPicture(const Heads& heads, int network, int content, int picture) {
  const double scale = static_cast<double>(picture) / content;
  return {heads.stride * scale, heads.FirstCell(network) * scale - 0.5, static_cast<float>(picture) - 1};
}

// The `most` people of the highest scores, in their order; 0: all.
void KeepBest(int most, std::vector<Person>* people) {
  const size_t limit = static_cast<size_t>(most);
  if (most == 0 || people->size() <= limit) return;
  std::vector<size_t> order(people->size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return (*people)[a].score > (*people)[b].score; });
  order.resize(limit);
  std::ranges::sort(order);
  std::vector<Person> kept;
  for (const size_t i : order) kept.push_back(std::move((*people)[i]));
  *people = std::move(kept);
}

}  // namespace

Status TrtPoseDecoder::Validate(const DecodeOptions& options) const {
  SINEW_RETURN_IF_ERROR(ValidateDecodeOptions(options, description_.skeleton));
  if (options.compat == DecodeOptions::Compat::kNone) return Status();
  return InvalidArgument(
      "this network's people are found as trt_pose finds them: there is no other way to be compatible with");
}

Result<std::vector<Person>> TrtPoseDecoder::Decode(std::span<const ConstView> outputs, const MapGeometry& geometry,
                                                   const DecodeOptions& options) {
  SINEW_RETURN_IF_ERROR(Validate(options));
  SINEW_ASSIGN_OR_RETURN(const Maps maps, SelectMaps(outputs, description_.heads));
  SINEW_ASSIGN_OR_RETURN(const MapGeometry full,
                         CompleteGeometry({maps.heat.width, maps.heat.height}, description_.heads, geometry));
  SINEW_RETURN_IF_ERROR(CheckFinite(are_finite_, maps));
  times_ = {};
  const Stopwatch stopwatch;
  TrtPoseOptions original;
  original.max_peaks = std::min(original.max_peaks, options.max_peaks);
  const Heads& heads = description_.heads;
  const ToPicture x = MakeToPicture(heads, full.network_width, full.content_width, full.picture_width);
  const ToPicture y = MakeToPicture(heads, full.network_height, full.content_height, full.picture_height);
  const int min_parts = std::min(options.min_parts, description_.skeleton.keypoint_count());
  std::vector<Person> people;
  for (const TrtPosePerson& found : FindTrtPosePeople(maps.heat, maps.fields, description_.skeleton, original)) {
    Person person;
    person.keypoints.resize(found.size());
    int parts = 0;
    float sum = 0;
    for (size_t k = 0; k < found.size(); ++k) {
      if (found[k].heat <= 0) continue;
      person.keypoints[k] = {x(found[k].x), y(found[k].y), found[k].heat};
      sum += found[k].heat;
      ++parts;
    }
    if (parts == 0) continue;
    person.score = sum / static_cast<float>(parts);
    if (parts >= min_parts && person.score >= options.min_score) people.push_back(std::move(person));
  }
  KeepBest(options.max_people, &people);
  times_.assembly = stopwatch.Seconds();
  return people;
}

}  // namespace sinew::pose
