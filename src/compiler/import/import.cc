// Telling the formats apart, and reading each from where it lies.
#include "compiler/import/import.h"

#include "base/error.h"
#include "base/file.h"
#include "compiler/import/recognise.h"
#include "compiler/import/tensorflow/converter.h"
#include "compiler/import/tensorflow/graphdef_reader.h"
#include "compiler/import/tfjs/tfjs_reader.h"

namespace sinew::import {
namespace {

namespace fs = std::filesystem;

// Topologies alone have some hundred kilobytes.
constexpr uint64_t kMaxJsonBytes = 256 << 20;

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

}  // namespace

Result<ImportedModel> ImportGraphDef(std::string_view bytes, std::string_view name, const ImportOptions& options) {
  return Finish(ReadGraphDef(bytes), "TensorFlow frozen graph", name, options);
}

Result<ImportedModel> ImportModel(const fs::path& given, const ImportOptions& options) {
  fs::path path = given;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    SINEW_ASSIGN_OR_RETURN(path, ModelIn(path));
  }
  SINEW_ASSIGN_OR_RETURN(const std::string start, ReadFilePrefix(path, kRecognisePrefix));
  const Recognised recognised = Recognise(start);
  if (recognised.kind == FileKind::kForeign) return Unsupported("{}: {}", path.string(), recognised.advice);
  if (recognised.kind == FileKind::kJson) return ImportTfjs(path, options);
  SINEW_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  const std::string_view bytes(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  return ImportGraphDef(bytes, path.string(), options);
}

}  // namespace sinew::import
