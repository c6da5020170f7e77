// Checks, and the way from cells to pixels.
#include "pose/cell_people_decoder.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/stopwatch.h"

namespace sinew::pose {
namespace {

// From cells to pixels of the picture along one side.
struct ToPicture {
  double factor, offset;
  float last;

  float operator()(double cells) const { return std::clamp(static_cast<float>(cells * factor + offset), 0.0f, last); }
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

Status CellPeopleDecoder::Validate(const DecodeOptions& options) const {
  SINEW_RETURN_IF_ERROR(ValidateDecodeOptions(options, description_.skeleton));
  if (options.compat == DecodeOptions::Compat::kNone) return Status();
  const std::string_view original = DecoderKindName(description_.decoder);
  return InvalidArgument(
      "this network's people are found as {} finds them: there is no other way to be compatible with", original);
}

Result<std::vector<Person>> CellPeopleDecoder::Decode(std::span<const ConstView> outputs, const MapGeometry& geometry,
                                                      const DecodeOptions& options) {
  SINEW_RETURN_IF_ERROR(Validate(options));
  const Heads& heads = description_.heads;
  SINEW_ASSIGN_OR_RETURN(const Maps maps, SelectMaps(outputs, heads));
  SINEW_ASSIGN_OR_RETURN(const MapGeometry full,
                         CompleteGeometry({maps.heat.width, maps.heat.height}, heads, geometry));
  SINEW_RETURN_IF_ERROR(CheckFinite(are_finite_, maps));
  times_ = {};
  const Stopwatch stopwatch;
  const ToPicture x = MakeToPicture(heads, full.network_width, full.content_width, full.picture_width);
  const ToPicture y = MakeToPicture(heads, full.network_height, full.content_height, full.picture_height);
  const int min_parts = std::min(options.min_parts, description_.skeleton.keypoint_count());
  std::vector<Person> people;
  for (const CellPerson& found : FindPeople(outputs, options)) {
    Person person;
    person.score = found.score;
    person.keypoints.resize(found.keypoints.size());
    int parts = 0;
    for (size_t k = 0; k < found.keypoints.size(); ++k) {
      const CellKeypoint& keypoint = found.keypoints[k];
      if (keypoint.score <= 0) continue;
      person.keypoints[k] = {x(keypoint.x), y(keypoint.y), keypoint.score};
      ++parts;
    }
    if (parts > 0 && parts >= min_parts && person.score >= options.min_score) people.push_back(std::move(person));
  }
  KeepBest(options.max_people, &people);
  times_.assembly = stopwatch.Seconds();
  return people;
}

}  // namespace sinew::pose
