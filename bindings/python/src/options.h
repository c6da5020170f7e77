// Options as Python hands them over: keywords with the names that the command line's flags have.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "errors.h"
#include "results/openpose_json.h"
#include "service/model_cache.h"
#include "sinew/decode_options.h"
#include "sinew/model.h"
#include "sinew/pose.h"

namespace sinew::python {

// Takes one option after the other out of the keywords. What is left at the end is no option: a TypeError, as Python
// has it for functions.
class Keywords {
 public:
  explicit Keywords(const pybind11::dict& keywords) : left_(keywords.attr("copy")()) {}

  // Sets `value` where there is such a keyword; TypeError where it is of another type.
  template <class T>
  void Take(const char* name, T* value) {
    if (!left_.contains(name)) return;
    const pybind11::object given = left_.attr("pop")(name);
    try {
      *value = given.cast<T>();
    } catch (const pybind11::cast_error&) {
      throw pybind11::type_error(fmt::format("{}: {} is of the wrong type", name, Repr(given)));
    }
  }

  // The same for one of several words.
  template <class T>
  void TakeChoice(const char* name, std::initializer_list<std::pair<const char*, T>> choices, T* value) {
    std::optional<std::string> given;
    Take(name, &given);
    if (!given) return;
    std::string known;
    for (const auto& [word, choice] : choices) {
      if (*given == word) {
        *value = choice;
        return;
      }
      known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", word);
    }
    Check(InvalidArgument("{}: \"{}\" is none of {}", name, *given, known));
  }

  void CheckAllTaken() const {
    for (const auto& [name, value] : left_)
      throw pybind11::type_error(fmt::format("unknown option '{}'", pybind11::str(name).cast<std::string>()));
  }

 private:
  static std::string Repr(const pybind11::object& value) { return pybind11::repr(value).cast<std::string>(); }

  pybind11::dict left_;
};

// How people are found: fit ("stretch" or "pad"), flip_average, compat, threshold, paf_threshold, min_score, min_parts,
// max_people, max_peaks, resize_out_ratio, smoothing, refine. What compat="openpose" has other defaults for gets those.
void TakePeopleOptions(Keywords* keywords, Fit* fit, bool* flip_average, DecodeOptions* options);

// device: "cpu", "cuda", "cuda:1", "auto"; precision, of a GPU: "auto", "fp32", ...
void TakeDevice(Keywords* keywords, Device* device, Precision* precision);

// Of graphs that are compiled: skeleton, the file that describes what their numbers mean, and prototxt, the network of
// a .caffemodel. `log`: a function, or None.
service::ModelCache::Options TakeCacheOptions(Keywords* keywords, const pybind11::object& log);

// keypoint_scale, of OpenPose's JSON: "picture", "unit", "signed".
void TakeKeypointScale(Keywords* keywords, results::KeypointScale* scale);

// (width, height)
using Size = std::pair<int, int>;
inline Resolution ToResolution(const Size& size) { return {size.first, size.second}; }
inline Size ToSize(Resolution resolution) { return {resolution.width, resolution.height}; }

}  // namespace sinew::python
