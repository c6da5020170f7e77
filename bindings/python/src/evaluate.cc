// sinew.evaluate(): people of a configuration against those of another one, or against annotations.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <atomic>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "bindings.h"
#include "errors.h"
#include "measure/documents/documents.h"
#include "media/inputs.h"
#include "options.h"
#include "service/evaluation.h"
#include "service/find_people.h"
#include "service/model_cache.h"

namespace sinew::python {
namespace {

namespace py = pybind11;

// Keywords of a side: results, a file; or model, resolution, and those of sinew.load().
service::EvaluatedSide ToSide(const py::dict& keywords, int threads, int cores) {
  service::EvaluatedSide side;
  service::Configuration& configuration = side.configuration;
  pipeline::AnalysisOptions& analysis = configuration.analysis;
  configuration.cores = cores;
  analysis.threads = threads;
  Keywords left(keywords);
  left.Take("results", &side.results);
  left.Take("model", &configuration.model);
  Size resolution = {0, 0};
  left.Take("resolution", &resolution);
  analysis.resolution = ToResolution(resolution);
  left.Take("scale_number", &analysis.scale_number);
  left.Take("scale_gap", &analysis.scale_gap);
  TakeDevice(&left, &analysis.device, &analysis.precision);
  TakePeopleOptions(&left, &analysis.fit, &analysis.flip_average, &analysis.decode);
  left.CheckAllTaken();
  return side;
}

// Looks for Ctrl-C after each frame, on the thread that Python waits on: then all is stopped, and `interrupt` has the
// exception.
service::EvaluationOptions MakeOptions(double min_oks, std::atomic<bool>* stop, std::exception_ptr* interrupt) {
  const auto progress = [=](int64_t, int64_t, int64_t) {
    const py::gil_scoped_acquire acquire;
    if (*interrupt == nullptr && PyErr_CheckSignals() != 0) {
      *interrupt = std::make_exception_ptr(py::error_already_set());
      stop->store(true);
    }
  };
  return {{min_oks},
          [=](const service::Configuration& configuration, const std::vector<media::Input>& inputs,
              const service::ModelCache& models, const std::string&) {
            return service::FindPeople(configuration, inputs, models, {progress, stop});
          }};
}

// The document of `sinew eval --json`, the names of what was compared, and why pictures could not be judged.
py::dict ToDict(const service::EvaluationReport& report) {
  py::dict dict;
  dict["document"] =
      documents::ToJson(report.evaluation).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  dict["name"] = ToText(report.name);
  dict["reference"] = ToText(report.reference_name);
  py::list failures;
  for (const std::string& failure : report.failures) failures.append(ToText(failure));
  dict["failures"] = failures;
  return dict;
}

// What Python asks for beside the sides.
struct Request {
  service::ModelCache::Options cache;
  int threads = 1, cores = 0;
  double min_oks = evaluate::AgreementOptions().min_oks;
  bool recursive = false;

  Request(const py::dict& keywords, const py::object& log) {
    Keywords left(keywords);
    left.Take("threads", &threads);
    left.Take("cores", &cores);
    left.Take("min_oks", &min_oks);
    left.Take("recursive", &recursive);
    cache = TakeCacheOptions(&left, log);
    left.CheckAllTaken();
  }
};

template <class Function>
py::dict Evaluate(const Request& request, Function&& evaluate) {
  std::atomic<bool> stop = false;
  std::exception_ptr interrupt;
  const service::EvaluationOptions options = MakeOptions(request.min_oks, &stop, &interrupt);
  const Result<service::EvaluationReport> report =
      WithoutInterpreter([&] { return evaluate(service::ModelCache(request.cache), options); });
  if (interrupt != nullptr) std::rethrow_exception(interrupt);
  Check(report.status());
  return ToDict(*report);
}

py::dict EvaluateAgreement(const py::dict& found, const py::dict& reference, const std::vector<std::string>& inputs,
                           const py::dict& keywords, const py::object& log) {
  const Request request(keywords, log);
  const service::EvaluatedSide found_side = ToSide(found, request.threads, request.cores);
  const service::EvaluatedSide reference_side = ToSide(reference, request.threads, request.cores);
  return Evaluate(request, [&](const service::ModelCache& models, const service::EvaluationOptions& options) {
    std::vector<media::SkippedFile> skipped;
    const std::vector<media::Input> expanded = media::ExpandInputs(inputs, {.recursive = request.recursive}, &skipped);
    return service::EvaluateAgreement(found_side, reference_side, expanded, models, options);
  });
}

py::dict EvaluateAnnotated(const py::dict& found, const std::string& annotations, const std::string& images,
                           const py::dict& keywords, const py::object& log) {
  const Request request(keywords, log);
  const service::EvaluatedSide side = ToSide(found, request.threads, request.cores);
  return Evaluate(request, [&](const service::ModelCache& models, const service::EvaluationOptions& options) {
    return service::EvaluateAnnotated(side, annotations, images, models, options);
  });
}

}  // namespace

void BindEvaluate(py::module_& module) {
  module.def("evaluate_agreement", &EvaluateAgreement, py::arg("found"), py::arg("reference"), py::arg("inputs"),
             py::arg("options"), py::arg("log"));
  module.def("evaluate_annotated", &EvaluateAnnotated, py::arg("found"), py::arg("annotations"), py::arg("images"),
             py::arg("options"), py::arg("log"));
}

}  // namespace sinew::python
