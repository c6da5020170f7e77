// What the command line has besides running: compiling, exporting, measuring, the zoo.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/output_check.h"
#include "bindings.h"
#include "errors.h"
#include "measure/bench_document.h"
#include "measure/instance.h"
#include "measure/machine.h"
#include "measure/profile.h"
#include "measure/profile_document.h"
#include "measure/scope_tree.h"
#include "measure/synthetic_picture.h"
#include "measure/target_name.h"
#include "measure/trace.h"
#include "options.h"
#include "service/model_cache.h"
#include "service/model_files.h"
#include "service/zoo/fetch.h"
#include "service/zoo/store.h"
#include "service/zoo/zoo.h"
#include "sinew/compiler.h"
#include "sinew/export.h"

namespace sinew::python {
namespace {

namespace py = pybind11;
using OrderedJson = nlohmann::ordered_json;

constexpr uint64_t kMaxPictureBytes = uint64_t{1} << 30;

std::string ToText(const OrderedJson& json) { return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace); }

// No output may replace the graph, or a file that belongs to it.
void CheckOutput(const std::filesystem::path& graph, const char* role, const std::string& output) {
  std::vector<NamedFile> read;
  AppendModelFiles("the graph", graph, &read);
  const NamedFile written[] = {{role, output}};
  Check(CheckOutputs(read, written));
}

// A name of the zoo stands for its graph.
std::filesystem::path FindGraph(const std::string& graph) { return Unwrap(service::FindModelFile(graph)).path; }

py::dict CompileModel(const std::string& graph, const std::string& artifact, const std::vector<Size>& resolutions,
                      const py::dict& keywords, const py::object& log) {
  CompileOptions options;
  for (const Size& size : resolutions) options.resolutions.push_back(ToResolution(size));
  std::string tuning_file, dump_ir, targets;
  Keywords left(keywords);
  left.Take("name", &options.name);
  left.Take("device", &options.backend);
  left.Take("target", &targets);
  std::istringstream names(targets);
  for (std::string name; std::getline(names, name, ',');) options.targets.push_back(name);
  left.Take("outputs", &options.outputs);
  left.Take("skip_passes", &options.skip_passes);
  std::string precision = "auto";
  left.Take("precision", &precision);
  options.precision = Unwrap(ParsePrecision(precision));
  service::ModelCache::Options source = TakeCacheOptions(&left, log);
  options.description = std::move(source.description);
  options.prototxt = std::move(source.prototxt);
  options.log = std::move(source.log);
  options.max_error = DefaultMaxError(options.precision);
  left.Take("max_error", &options.max_error);
  left.Take("exact", &options.exact);
  left.Take("tuning_file", &tuning_file);
  left.Take("dump_ir", &dump_ir);
  left.CheckAllTaken();
  options.tuning_file = tuning_file;
  options.dump_ir = dump_ir;
  const CompileReport report = WithoutInterpreter([&] {
    const std::filesystem::path path = FindGraph(graph);
    if (path != graph && options.name.empty()) options.name = graph;  // of a model that was named, the file says less
    CheckOutput(path, "output", artifact);
    return Unwrap(Compile(path, artifact, options));
  });
  py::dict dict;
  dict["nodes_read"] = report.nodes_read;
  dict["steps"] = report.steps;
  dict["weight_bytes"] = report.weight_bytes;
  dict["error"] = report.error;
  dict["artifact_bytes"] = report.artifact_bytes;
  dict["arena_bytes"] = report.arena_bytes;
  dict["seconds"] = report.seconds;
  return dict;
}

py::dict VerifyModel(const Model& model, const std::string& graph, const Size& resolution, double tolerance,
                     int threads) {
  VerifyOptions options;
  options.resolution = ToResolution(resolution);
  options.tolerance = tolerance;
  options.threads = threads;
  const VerifyReport report = WithoutInterpreter([&] { return Unwrap(Verify(model, FindGraph(graph), options)); });
  py::dict dict;
  dict["max_difference"] = report.max_difference;
  dict["relative_rms_difference"] = report.relative_rms_difference;
  dict["within_tolerance"] = report.within_tolerance;
  dict["first_failing_step"] = report.first_failing_step;
  return dict;
}

py::dict ExportModel(const std::string& graph, const std::string& onnx, const Size& resolution, int batch,
                     const std::vector<std::string>& outputs) {
  ExportOptions options;
  options.resolution = ToResolution(resolution);
  options.batch = batch;
  options.outputs = outputs;
  const ExportReport report = WithoutInterpreter([&] {
    const std::filesystem::path path = FindGraph(graph);
    CheckOutput(path, "output", onnx);
    return Unwrap(ExportOnnx(path, onnx, options));
  });
  py::dict dict;
  dict["nodes_read"] = report.nodes_read;
  dict["nodes_written"] = report.nodes_written;
  dict["bytes"] = report.bytes;
  return dict;
}

OrderedJson ToJson(const measure::Scope& scope) {
  OrderedJson children = OrderedJson::array();
  for (const measure::Scope& child : scope.children) children.push_back(ToJson(child));
  return {{"name", scope.name},
          {"steps", scope.steps},
          {"mean_ms", 1e3 * scope.seconds},
          {"direct_gflops", measure::Gflops(scope.direct_multiply_adds, scope.seconds)},
          {"actual_gflops", measure::Gflops(scope.multiply_adds, scope.seconds)},
          {"output_bytes", scope.output_bytes},
          {"weight_bytes", scope.weight_bytes},
          {"parameters", scope.parameters},
          {"children", children}};
}

// The document of `sinew profile --json`, and the tree of scopes, both as JSON.
std::pair<std::string, std::string> ProfileModel(const Model& model, const Size& resolution,
                                                 const std::vector<std::string>& pictures, int threads,
                                                 const py::dict& keywords, const std::string& trace) {
  measure::ProfileOptions options;
  SessionOptions& session = options.pose.session;
  session.resolution = ToResolution(resolution);
  session.threads = threads;
  Keywords left(keywords);
  TakeDevice(&left, &session.device, &session.precision);
  left.Take("warmup", &options.warmup);
  left.Take("repeats", &options.repeats);
  TakePeopleOptions(&left, &options.pose.fit, &options.pose.flip_average, &options.pose.decode);
  left.CheckAllTaken();
  constexpr int kTracedCalls = 3;
  options.traced_calls = trace.empty() ? 0 : kTracedCalls;
  const py::gil_scoped_release release;
  const std::vector<std::filesystem::path> paths(pictures.begin(), pictures.end());
  const std::string target = Unwrap(measure::TargetName(model, session));
  const measure::OthersLoad others;
  const measure::Profile profile =
      Unwrap(paths.empty() ? measure::ProfileNetwork(model, options) : measure::ProfilePictures(model, paths, options));
  documents::Machine machine = measure::ThisMachine();
  machine.used_by_others = others.Share();
  machine.gpu = session.device.product();
  const documents::Profile document = measure::MakeProfileDocument(profile, model, !paths.empty(), target, machine);
  if (!trace.empty()) {
    const std::string title = fmt::format("sinew {} {}", document.model, document.resolution);
    Check(WriteFile(trace, measure::ToChromeTrace(profile, title)));
  }
  return {ToText(documents::ToJson(document)), ToText(ToJson(measure::ScopeTree(profile.steps)))};
}

// The document of `sinew bench --json`. Without `with_pictures`, of the network alone; with it and none given, a
// synthetic picture is taken.
std::string BenchModel(const Model& model, double load_seconds, const Size& resolution,
                       const std::vector<std::string>& paths, bool with_pictures, int threads,
                       const py::dict& keywords) {
  measure::BenchOptions options;
  SessionOptions& session = options.pose.session;
  session.resolution = ToResolution(resolution);
  session.threads = threads;
  Keywords left(keywords);
  TakeDevice(&left, &session.device, &session.precision);
  left.Take("cores", &options.replicas);
  left.Take("batch", &options.batch);
  left.Take("warmup", &options.load.warmup);
  left.Take("repeats", &options.load.repeats);
  left.Take("duration", &options.load.seconds);
  left.Take("rate", &options.load.rate);
  left.Take("seed", &options.load.seed);
  TakePeopleOptions(&left, &options.pose.fit, &options.pose.flip_average, &options.pose.decode);
  left.CheckAllTaken();
  const py::gil_scoped_release release;
  Check(measure::CheckLoadOptions(options.load));
  std::vector<measure::EncodedPicture> pictures;
  for (const std::string& path : paths) {
    const std::string bytes = Unwrap(ReadFile(path, kMaxPictureBytes));
    pictures.push_back({path, {bytes.begin(), bytes.end()}});
  }
  if (with_pictures && pictures.empty()) pictures.push_back(Unwrap(measure::SyntheticPicture()));
  documents::Machine machine = measure::ThisMachine();
  machine.instance = measure::ThisInstance();
  return ToText(documents::ToJson(Unwrap(measure::MeasureBench(model, load_seconds, pictures, options, machine))));
}

py::list ListModels() {
  py::list list;
  for (const zoo::Entry& entry : zoo::Entries()) {
    const auto path = zoo::Locate(entry.name);
    py::dict dict;
    dict["name"] = entry.name;
    dict["description"] = entry.description;
    dict["licence"] = entry.licence;
    dict["commercial_use"] = entry.commercial_use;
    dict["resolution"] = entry.resolution;
    dict["source"] = zoo::Describe(entry.source);
    dict["path"] = path.ok() ? py::object(python::ToText(path->string())) : py::none();
    list.append(dict);
  }
  return list;
}

py::str FetchModel(const std::string& name, const std::string& mirror) {
  zoo::FetchOptions options;
  options.mirror = mirror;
  return python::ToText(
      WithoutInterpreter([&] { return Unwrap(zoo::Fetch(*Unwrap(zoo::Find(name)), options)).string(); }));
}

}  // namespace

void BindTools(py::module_& module) {
  module.def("compile", &CompileModel, py::arg("graph"), py::arg("artifact"), py::arg("resolutions"),
             py::arg("options"), py::arg("log"));
  module.def("verify", &VerifyModel, py::arg("model"), py::arg("graph"), py::arg("resolution"), py::arg("tolerance"),
             py::arg("threads"));
  module.def("export", &ExportModel, py::arg("graph"), py::arg("onnx"), py::arg("resolution"), py::arg("batch"),
             py::arg("outputs"));
  module.def("profile", &ProfileModel, py::arg("model"), py::arg("resolution"), py::arg("pictures"), py::arg("threads"),
             py::arg("options"), py::arg("trace"));
  module.def("bench", &BenchModel, py::arg("model"), py::arg("load_seconds"), py::arg("resolution"),
             py::arg("pictures"), py::arg("with_pictures"), py::arg("threads"), py::arg("options"));
  module.def("list_models", &ListModels);
  module.def(
      "find_model", [](const std::string& model) { return python::ToText(FindGraph(model).string()); },
      py::arg("model"));
  module.def("fetch_model", &FetchModel, py::arg("name"), py::arg("mirror"));
}

}  // namespace sinew::python
