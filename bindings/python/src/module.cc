// The extension module sinew._sinew: thin bindings, which sinew's Python modules make a package of.
#include <pybind11/pybind11.h>

#include "bindings.h"
#include "errors.h"
#include "service/stores.h"
#include "sinew/version.h"

PYBIND11_MODULE(_sinew, module) {
  module.doc() = "Bindings of the sinew library. Use the package sinew instead.";
  module.attr("version") = sinew::kVersion;
  sinew::python::RegisterErrors();
  sinew::service::UseStores({});
  sinew::python::BindModel(module);
  sinew::python::BindPeople(module);
  sinew::python::BindRun(module);
  sinew::python::BindTools(module);
  sinew::python::BindEvaluate(module);
}
