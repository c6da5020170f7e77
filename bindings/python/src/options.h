// Options as Python hands them over: keywords with the names that the command line's flags have.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "errors.h"
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

// How people are found: fit ("stretch" or "pad"), compat, threshold, paf_threshold, min_score, min_parts, max_people,
// max_peaks, resize_out_ratio, smoothing. What compat="openpose" has other defaults for gets those.
void TakePeopleOptions(Keywords* keywords, Fit* fit, DecodeOptions* options);

// device: "cpu", "cuda", "cuda:1", "auto"; precision, of a GPU: "auto", "fp32", ...
void TakeDevice(Keywords* keywords, Device* device, Precision* precision);

// (width, height)
using Size = std::pair<int, int>;
inline Resolution ToResolution(const Size& size) { return {size.first, size.second}; }
inline Size ToSize(Resolution resolution) { return {resolution.width, resolution.height}; }

}  // namespace sinew::python
