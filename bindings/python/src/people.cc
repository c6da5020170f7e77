// People as arrays, as text, and drawn.
#include "people.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <string>

#include "base/error.h"
#include "bindings.h"
#include "errors.h"
#include "options.h"
#include "pictures.h"
#include "results/boxes.h"
#include "results/jsonl.h"
#include "results/openpose_json.h"
#include "sinew/draw.h"

namespace sinew::python {
namespace {

namespace py = pybind11;

using Floats = py::array_t<float, py::array::c_style | py::array::forcecast>;

std::vector<std::vector<Keypoint>> ToKeypoints(const py::handle& object, const char* name, py::ssize_t keypoint_count) {
  const Floats array = Floats::ensure(object);
  if (!array) PyErr_Clear();
  if (!array || array.ndim() != 3 || array.shape(1) != keypoint_count || array.shape(2) != 3)
    Check(InvalidArgument("{}: must be numbers of the shape (N, {}, 3)", name, keypoint_count));
  std::vector<std::vector<Keypoint>> people(static_cast<size_t>(array.shape(0)));
  const float* from = array.data();
  for (std::vector<Keypoint>& keypoints : people) {
    keypoints.reserve(static_cast<size_t>(keypoint_count));
    for (py::ssize_t k = 0; k < keypoint_count; ++k, from += 3) keypoints.push_back({from[0], from[1], from[2]});
  }
  return people;
}

template <class T>
std::vector<T> ToVector(const py::handle& object, const char* name, size_t count) {
  const auto array = py::array_t<T, py::array::c_style | py::array::forcecast>::ensure(object);
  if (!array) PyErr_Clear();
  if (!array || array.ndim() != 1 || static_cast<size_t>(array.shape(0)) != count)
    Check(InvalidArgument("{}: must be {} numbers, one a person", name, count));
  return {array.data(), array.data() + count};
}

std::string ToBytes(const py::handle& text) {
  return py::module_::import("os").attr("fsencode")(text).cast<std::string>();
}

results::JsonOptions ToJsonOptions(const py::handle& people, bool boxes) {
  return {boxes, people.attr("skeleton").cast<Skeleton>()};
}

// The peaks of each keypoint: (n, 3) numbers.
std::vector<std::vector<Keypoint>> FromCandidates(const py::handle& candidates, size_t keypoint_count) {
  std::vector<std::vector<Keypoint>> peaks;
  for (const py::handle item : candidates) {
    const Floats array = Floats::ensure(item);
    if (!array) PyErr_Clear();
    if (!array || array.ndim() != 2 || array.shape(1) != 3)
      Check(InvalidArgument("candidates: must be numbers of the shape (n, 3) for each keypoint"));
    std::vector<Keypoint>& of_one = peaks.emplace_back();
    for (py::ssize_t i = 0; i < array.shape(0); ++i) of_one.push_back({array.at(i, 0), array.at(i, 1), array.at(i, 2)});
  }
  if (peaks.size() != keypoint_count)
    Check(InvalidArgument("candidates: of {} keypoints, must be of {}", peaks.size(), keypoint_count));
  return peaks;
}

py::object ToTuple(const std::optional<results::Box>& box) {
  if (!box) return py::none();
  return py::make_tuple(box->x, box->y, box->width, box->height);
}

Person ToPerson(const py::object& keypoints, const Skeleton& skeleton) {
  const py::object row = keypoints[py::make_tuple(py::none(), py::ellipsis())];
  return {std::move(ToKeypoints(row, "keypoints", skeleton.keypoint_count())[0]), 0};
}

void Draw(const py::handle& people, const py::array& canvas, float line_width) {
  const results::Record record = ToRecord(people);
  const Skeleton skeleton = people.attr("skeleton").cast<Skeleton>();
  const MutableImageView view = ToCanvas(canvas);
  Check(WithoutInterpreter([&] { return DrawPeople(record.people, skeleton, view, {.line_width = line_width}); }));
}

}  // namespace

results::Record ToRecord(const py::handle& people) {
  const auto keypoint_count = static_cast<py::ssize_t>(py::len(people.attr("skeleton")));
  results::Record record;
  std::vector<std::vector<Keypoint>> keypoints = ToKeypoints(people.attr("keypoints"), "keypoints", keypoint_count);
  const size_t count = keypoints.size();
  const std::vector<float> scores = ToVector<float>(people.attr("scores"), "scores", count);
  for (size_t i = 0; i < count; ++i) record.people.push_back({std::move(keypoints[i]), scores[i]});
  if (const py::object ids = people.attr("ids"); !ids.is_none())
    record.person_ids = ToVector<int64_t>(ids, "ids", count);
  if (const py::object found = people.attr("found_keypoints"); !found.is_none()) {
    record.found_keypoints = ToKeypoints(found, "found_keypoints", keypoint_count);
    if (record.found_keypoints.size() != count)
      Check(InvalidArgument("found_keypoints: {} people, keypoints has {}", record.found_keypoints.size(), count));
  }
  if (const py::object candidates = people.attr("candidates"); !candidates.is_none())
    record.candidates = FromCandidates(candidates, static_cast<size_t>(keypoint_count));
  record.source = ToBytes(people.attr("source"));
  record.frame = people.attr("frame").cast<int64_t>();
  record.seconds = people.attr("seconds").cast<std::optional<double>>();
  record.width = people.attr("width").cast<int>();
  record.height = people.attr("height").cast<int>();
  record.error = ToBytes(people.attr("error"));
  record.damaged = people.attr("damaged").cast<bool>();
  return record;
}

py::tuple ToArrays(const std::vector<Person>& people, int keypoint_count) {
  std::vector<std::vector<Keypoint>> keypoints;
  py::array_t<float> scores(static_cast<py::ssize_t>(people.size()));
  for (size_t i = 0; i < people.size(); ++i) {
    keypoints.push_back(people[i].keypoints);
    scores.mutable_at(static_cast<py::ssize_t>(i)) = people[i].score;
  }
  return py::make_tuple(ToArray(keypoints, keypoint_count), scores);
}

static_assert(sizeof(Keypoint) == 3 * sizeof(float));

py::tuple ToCandidates(const std::vector<std::vector<Keypoint>>& peaks) {
  py::tuple arrays(peaks.size());
  for (size_t k = 0; k < peaks.size(); ++k) {
    py::array_t<float> array({static_cast<py::ssize_t>(peaks[k].size()), py::ssize_t{3}});
    std::copy(peaks[k].begin(), peaks[k].end(), reinterpret_cast<Keypoint*>(array.mutable_data()));
    arrays[k] = std::move(array);
  }
  return arrays;
}

py::object ToArray(const std::vector<std::vector<Keypoint>>& keypoints, int keypoint_count) {
  py::array_t<float> array({static_cast<py::ssize_t>(keypoints.size()), py::ssize_t{keypoint_count}, py::ssize_t{3}});
  auto* to = reinterpret_cast<Keypoint*>(array.mutable_data());
  for (const std::vector<Keypoint>& person : keypoints) to = std::copy(person.begin(), person.end(), to);
  return array;
}

void BindPeople(py::module_& module) {
  module.def(
      "to_json_line",
      [](const py::handle& people, bool boxes) {
        return results::ToJsonLine(ToRecord(people), ToJsonOptions(people, boxes));
      },
      py::arg("people"), py::arg("boxes"));
  module.def(
      "to_openpose_json",
      [](const py::handle& people, bool boxes, const py::dict& keywords) {
        results::JsonOptions options = ToJsonOptions(people, boxes);
        Keywords left(keywords);
        TakeKeypointScale(&left, &options.scale);
        left.CheckAllTaken();
        return results::ToOpenPoseJson(ToRecord(people), options);
      },
      py::arg("people"), py::arg("boxes"), py::arg("options"));
  module.def("draw", &Draw, py::arg("people"), py::arg("canvas"), py::arg("line_width"));
  module.attr("line_width") = DrawOptions().line_width;
  // x, y, width and height (results/boxes.h); None where there is no such box.
  module.def(
      "face_box",
      [](const py::object& keypoints, const Skeleton& skeleton, int width, int height, bool with_eyes) {
        const auto mode = with_eyes ? results::FaceBoxMode::kWithEyes : results::FaceBoxMode::kAroundNose;
        return ToTuple(results::FaceBox(ToPerson(keypoints, skeleton), skeleton, width, height, mode));
      },
      py::arg("keypoints"), py::arg("skeleton"), py::arg("width"), py::arg("height"), py::arg("with_eyes"));
  module.def(
      "upper_body_box",
      [](const py::object& keypoints, const Skeleton& skeleton, int width, int height) {
        return ToTuple(results::UpperBodyBox(ToPerson(keypoints, skeleton), skeleton, width, height));
      },
      py::arg("keypoints"), py::arg("skeleton"), py::arg("width"), py::arg("height"));
}

}  // namespace sinew::python
