// From a Python People to a record of the library.
#pragma once

#include <pybind11/pybind11.h>

#include <vector>

#include "results/record.h"
#include "sinew/model_description.h"
#include "sinew/people.h"

namespace sinew::python {

// Reads the attributes of a sinew.People (sinew/_people.py). kInvalidArgument where the arrays are not of its skeleton.
results::Record ToRecord(const pybind11::handle& people);

// (N, keypoints, 3) and (N,) floats.
pybind11::tuple ToArrays(const std::vector<Person>& people, int keypoint_count);
// Of each keypoint, its peaks: (n, 3) floats.
pybind11::tuple ToCandidates(const std::vector<std::vector<Keypoint>>& peaks);
// (N, keypoints, 3) floats.
pybind11::object ToArray(const std::vector<std::vector<Keypoint>>& keypoints, int keypoint_count);

}  // namespace sinew::python
