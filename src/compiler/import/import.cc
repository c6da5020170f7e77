// Telling the formats apart, and reading each from where it lies.
#include "compiler/import/import.h"

#include "base/error.h"
#include "base/file.h"
#include "compiler/import/caffe/caffemodel_reader.h"
#include "compiler/import/caffe/converter.h"
#include "compiler/import/caffe/prototxt_reader.h"
#include "compiler/import/onnx/converter.h"
#include "compiler/import/onnx/onnx_reader.h"
#include "compiler/import/recognise.h"
#include "compiler/import/tensorflow/converter.h"
#include "compiler/import/tensorflow/graphdef_reader.h"
#include "compiler/import/tfjs/tfjs_reader.h"

namespace sinew::import {
namespace {

namespace fs = std::filesystem;

// Topologies alone have some hundred kilobytes.
constexpr uint64_t kMaxJsonBytes = 256 << 20;
constexpr uint64_t kMaxPrototxtBytes = 64 << 20;

Result<ImportedModel> Finish(Result<TfModel> model, std::string_view format, std::string_view name,
                             const ImportOptions& options) {
  if (!model.ok()) return Prefixed(name, model.status());
  ImportedModel imported;
  imported.report.format = format;
  imported.report.nodes_read = static_cast<int>(model->nodes.size());
  Result<Converted> converted = ConvertModel(*std::move(model), options.outputs);
  if (!converted.ok()) return Prefixed(name, converted.status());
  imported.graph = std::move(converted->graph);
  imported.report.left_out = std::move(converted->left_out);
  return imported;
}

Result<ImportedModel> ImportTfjs(const fs::path& path, const ImportOptions& options) {
  SINEW_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxJsonBytes));
  const ShardSource read_shard = [&](const std::string& shard, uint64_t max_bytes) {
    return ReadFile(path.parent_path() / shard, max_bytes);
  };
  return Finish(ReadTfjsModel(text, read_shard), "TensorFlow.js graph model", path.string(), options);
}

std::string_view AsText(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

Result<ImportedModel> ImportCaffeFiles(const fs::path& caffemodel, const ImportOptions& options) {
  fs::path prototxt = options.prototxt;
  if (prototxt.empty()) {
    SINEW_ASSIGN_OR_RETURN(prototxt, FindPrototxt(caffemodel));
  }
  SINEW_ASSIGN_OR_RETURN(const std::string text, ReadFile(prototxt, kMaxPrototxtBytes));
  SINEW_ASSIGN_OR_RETURN(const MappedFile weights, MappedFile::Open(caffemodel));
  Result<ImportedModel> model = ImportCaffe(text, AsText(weights), prototxt.string(), options);
  if (model.ok()) return model;
  return Prefixed(caffemodel.string(), model.status());
}

// The file of a model that is a folder.
Result<fs::path> ModelIn(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder / "model.json", error)) return folder / "model.json";
  if (fs::exists(folder / "saved_model.pb", error)) return folder / "saved_model.pb";
  if (fs::exists(folder / "tensorflowjs_model.pb", error)) {
    return Unsupported(
        "{}: a TensorFlow.js model of the time before model.json; convert the original again with a newer "
        "tensorflowjs_converter",
        folder.string());
  }
  return NotFound("{}: a folder without a model.json; name a TensorFlow.js model or a frozen TensorFlow graph",
                  folder.string());
}

// The file that holds the model, and what it is.
struct Located {
  fs::path path;
  FileKind kind;
};

Result<Located> Locate(const fs::path& given) {
  fs::path path = given;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    SINEW_ASSIGN_OR_RETURN(path, ModelIn(path));
  }
  SINEW_ASSIGN_OR_RETURN(const std::string start, ReadFilePrefix(path, kRecognisePrefix));
  const Recognised recognised = Recognise(start);
  if (recognised.kind == FileKind::kForeign) return Unsupported("{}: {}", path.string(), recognised.advice);
  return Located{path, recognised.kind};
}

}  // namespace

Result<fs::path> FindPrototxt(const fs::path& caffemodel) {
  fs::path same = caffemodel;
  same.replace_extension(".prototxt");
  std::error_code error;
  if (fs::exists(same, error)) return same;
  const fs::path folder = caffemodel.parent_path().empty() ? fs::path(".") : caffemodel.parent_path();
  std::vector<fs::path> others;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    if (i->path().extension() == ".prototxt") others.push_back(i->path());
  }
  if (others.size() == 1) return others[0];
  return NotFound("{}: the network that these weights are for is missing: {} is not there{}; name it with --prototxt",
                  caffemodel.string(), same.string(),
                  others.empty() ? "" : fmt::format(", and {} other .prototxt files are", others.size()));
}

Result<ImportedModel> ImportCaffe(std::string_view prototxt, std::string_view caffemodel, std::string_view name,
                                  const ImportOptions& options) {
  Result<CaffeModel> model = ReadPrototxt(prototxt);
  if (!model.ok()) return Prefixed(name, model.status());
  ImportedModel imported;
  imported.framework = Framework::kCaffe;
  imported.report.format = "Caffe model";
  imported.report.nodes_read = static_cast<int>(model->layers.size());
  SINEW_ASSIGN_OR_RETURN(model->weights, ReadCaffeWeights(caffemodel));
  Result<ConvertedCaffe> converted = ConvertCaffe(*std::move(model), options.outputs);
  if (!converted.ok()) return Prefixed(name, converted.status());
  imported.graph = std::move(converted->graph);
  imported.report.left_out = std::move(converted->left_out);
  return imported;
}

Result<ImportedModel> ImportOnnx(std::string_view bytes, std::string_view name, const ImportOptions& options,
                                 const fs::path& folder) {
  const Result<onnx_import::OnnxModel> model = onnx_import::ReadOnnx(bytes);
  if (!model.ok()) return Prefixed(name, model.status());
  onnx_import::ExternalData external(folder);
  Result<onnx_import::Converted> converted = onnx_import::ConvertModel(*model, external, options.outputs);
  if (!converted.ok()) return Prefixed(name, converted.status());
  ImportedModel imported;
  imported.framework = Framework::kOnnx;
  imported.report.format = fmt::format("ONNX, opset {}", model->opset);
  imported.report.nodes_read = static_cast<int>(model->nodes.size());
  imported.report.left_out = std::move(converted->left_out);
  imported.graph = std::move(converted->graph);
  return imported;
}

Result<ImportedModel> ImportGraphDef(std::string_view bytes, std::string_view name, const ImportOptions& options) {
  return Finish(ReadGraphDef(bytes), "TensorFlow frozen graph", name, options);
}

Result<ImportedModel> ImportModel(const fs::path& path, const ImportOptions& options) {
  SINEW_ASSIGN_OR_RETURN(const Located located, Locate(path));
  if (!options.prototxt.empty() && located.kind != FileKind::kCaffe) {
    return InvalidArgument("{}: not a .caffemodel: a --prototxt has no use for it", path.string());
  }
  if (located.kind == FileKind::kJson) return ImportTfjs(located.path, options);
  if (located.kind == FileKind::kCaffe) return ImportCaffeFiles(located.path, options);
  SINEW_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(located.path));
  if (located.kind == FileKind::kOnnx) {
    const fs::path folder = located.path.has_parent_path() ? located.path.parent_path() : fs::path(".");
    return ImportOnnx(AsText(file), located.path.string(), options, folder);
  }
  return ImportGraphDef(AsText(file), located.path.string(), options);
}

}  // namespace sinew::import
