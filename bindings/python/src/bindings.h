// The parts of the extension module, each bound by the file of its name.
#pragma once

#include <pybind11/pybind11.h>

#include <functional>
#include <string_view>

namespace sinew::python {

void BindModel(pybind11::module_& module);   // skeletons, models, estimators, sessions
void BindPeople(pybind11::module_& module);  // people as text, and drawn
void BindRun(pybind11::module_& module);     // the pipeline
void BindTools(pybind11::module_& module);   // compiling, exporting, measuring, the zoo
void BindEvaluate(pybind11::module_& module);

// A Python function, or None, as the log of a compilation; called on any thread.
std::function<void(std::string_view line)> ToLog(const pybind11::object& function);

}  // namespace sinew::python
