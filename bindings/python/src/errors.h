// What all bindings do at the border: from a Status to a Python exception (sinew.NotFound, sinew.Corrupt, ... with the
// same message), the interpreter's lock, text that is not UTF-8.
#pragma once

#include <pybind11/pybind11.h>

#include <exception>
#include <string>
#include <utility>

#include "sinew/status.h"

namespace sinew::python {

// Thrown by bindings; becomes the exception that sinew/_errors.py has for its code.
class StatusError : public std::exception {
 public:
  explicit StatusError(Status status) : status_(std::move(status)) {}
  const Status& status() const { return status_; }
  const char* what() const noexcept override { return status_.message().c_str(); }

 private:
  Status status_;
};

inline void Check(const Status& status) {
  if (!status.ok()) throw StatusError(status);
}

template <class T>
T Unwrap(Result<T> result) {
  Check(result.status());
  return std::move(*result);
}

// What `work` returns; other Python threads run meanwhile.
template <class Work>
auto WithoutInterpreter(Work&& work) {
  const pybind11::gil_scoped_release release;
  return std::forward<Work>(work)();
}

// Paths and names, which need not be UTF-8: as os.fsdecode() has them.
inline pybind11::str ToText(const std::string& bytes) {
  return pybind11::reinterpret_steal<pybind11::str>(
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "surrogateescape"));
}

// With the interpreter's lock.
void RegisterErrors();

}  // namespace sinew::python
