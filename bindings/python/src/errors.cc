// The classes are Python's: they are looked up when the first exception is thrown.
#include "errors.h"

#include <string>

namespace sinew::python {
namespace {

namespace py = pybind11;

void Raise(const Status& status) {
  const py::object make = py::module_::import("sinew._errors").attr("class_for");
  const py::object type = make(std::string(StatusCodeName(status.code())));
  // Names of files need not be UTF-8.
  const std::string& message = status.message();
  const auto text = py::reinterpret_steal<py::object>(
      PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()), "backslashreplace"));
  PyErr_SetObject(type.ptr(), text.ptr());
}

}  // namespace

void RegisterErrors() {
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const StatusError& error) {
      Raise(error.status());
    }
  });
}

}  // namespace sinew::python
