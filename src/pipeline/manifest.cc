// Manifests to lines and back, and their comparison.
#include "pipeline/manifest.h"

#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/part_file.h"
#include "base/remote.h"

namespace sinew::pipeline {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr size_t kMaxLineBytes = size_t{1} << 20;

// Names of files may be no UTF-8: they compare equal to themselves after the replacement of what is not.
std::string Dump(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::string AsReadBack(const std::string& text) {
  return OrderedJson::parse(OrderedJson(text).dump(-1, ' ', false, OrderedJson::error_handler_t::replace))
      .get<std::string>();
}

OrderedJson Header(const Manifest& manifest) {
  OrderedJson options = OrderedJson::object();
  for (const auto& [flag, value] : manifest.options) options[flag] = value;
  OrderedJson json = {{"manifest", kManifestVersion}, {"producer", manifest.producer}};
  const ManifestArtifact& artifact = manifest.artifact;
  json["artifact"] = {{"model", artifact.model}, {"target", artifact.target}, {"xxh3", artifact.xxh3}};
  json["options"] = std::move(options);
  json["parts"] = manifest.parts;
  if (manifest.shard.count > 1) json["shard"] = {{"number", manifest.shard.number}, {"of", manifest.shard.count}};
  return json;
}

OrderedJson ToJson(const ManifestInput& input) {
  OrderedJson json = {{"input", input.name}};
  if (input.bytes < 0) return json;
  json["bytes"] = input.bytes;
  if (input.etag.empty()) {
    json["modified_ns"] = input.modified_ns;
  } else {
    json["etag"] = input.etag;
  }
  return json;
}

Result<std::string> Text(const OrderedJson& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return Corrupt("\"{}\" must be a text", name);
  return found->get<std::string>();
}

Result<int64_t> Number(const OrderedJson& object, const char* name) {
  const auto found = object.find(name);
  const bool fits = found != object.end() && found->is_number_integer() &&
                    !(found->is_number_unsigned() &&
                      found->get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
  if (!fits) return Corrupt("\"{}\" must be a whole number", name);
  return found->get<int64_t>();
}

Result<Manifest> ParseHeader(const OrderedJson& json) {
  Manifest manifest;
  SINEW_ASSIGN_OR_RETURN(const int64_t version, Number(json, "manifest"));
  if (version != kManifestVersion)
    return Incompatible("is of version {}, this sinew reads version {}", version, kManifestVersion);
  SINEW_ASSIGN_OR_RETURN(manifest.producer, Text(json, "producer"));
  const auto artifact = json.find("artifact");
  if (artifact == json.end() || !artifact->is_object()) return Corrupt("\"artifact\" must be an object");
  SINEW_ASSIGN_OR_RETURN(manifest.artifact.model, Text(*artifact, "model"));
  SINEW_ASSIGN_OR_RETURN(manifest.artifact.target, Text(*artifact, "target"));
  SINEW_ASSIGN_OR_RETURN(manifest.artifact.xxh3, Text(*artifact, "xxh3"));
  const auto options = json.find("options");
  if (options == json.end() || !options->is_object()) return Corrupt("\"options\" must be an object");
  for (const auto& [flag, value] : options->items()) {
    if (!value.is_string()) return Corrupt("option \"{}\" must be a text", flag);
    manifest.options.emplace_back(flag, value.get<std::string>());
  }
  const auto parts = json.find("parts");
  if (parts != json.end() && parts->is_array()) {
    for (const OrderedJson& part : *parts) {
      if (part.is_string()) manifest.parts.push_back(part.get<std::string>());
    }
  }
  if (const auto shard = json.find("shard"); shard != json.end()) {
    if (!shard->is_object()) return Corrupt("\"shard\" must be an object");
    SINEW_ASSIGN_OR_RETURN(manifest.shard.number, Number(*shard, "number"));
    SINEW_ASSIGN_OR_RETURN(manifest.shard.count, Number(*shard, "of"));
    if (manifest.shard.number < 1 || manifest.shard.number > manifest.shard.count)
      return Corrupt("\"shard\" is {} of {}", manifest.shard.number, manifest.shard.count);
  }
  return manifest;
}

Result<size_t> InputNumber(const OrderedJson& json, const Manifest& manifest) {
  SINEW_ASSIGN_OR_RETURN(const int64_t of, Number(json, "of"));
  if (of < 0 || static_cast<uint64_t>(of) >= manifest.inputs.size())
    return Corrupt("\"of\" is {}, there are {} inputs", of, manifest.inputs.size());
  return static_cast<size_t>(of);
}

Status ParseLine(const OrderedJson& json, Manifest* manifest, const ManifestReader& reader) {
  if (json.contains("input")) {
    ManifestInput input;
    SINEW_ASSIGN_OR_RETURN(input.name, Text(json, "input"));
    if (json.contains("bytes")) {
      SINEW_ASSIGN_OR_RETURN(input.bytes, Number(json, "bytes"));
      if (json.contains("etag")) {
        SINEW_ASSIGN_OR_RETURN(input.etag, Text(json, "etag"));
      } else {
        SINEW_ASSIGN_OR_RETURN(input.modified_ns, Number(json, "modified_ns"));
      }
    }
    manifest->inputs.push_back(std::move(input));
  } else if (json.contains("object")) {
    ManifestObject object;
    SINEW_ASSIGN_OR_RETURN(object.url, Text(json, "object"));
    SINEW_ASSIGN_OR_RETURN(object.bytes, Number(json, "bytes"));
    SINEW_ASSIGN_OR_RETURN(object.etag, Text(json, "etag"));
    if (reader.object) reader.object(object);
  } else if (json.contains("done")) {
    ManifestFrame done;
    SINEW_ASSIGN_OR_RETURN(done.name, Text(json, "done"));
    SINEW_ASSIGN_OR_RETURN(done.of, InputNumber(json, *manifest));
    SINEW_ASSIGN_OR_RETURN(done.frame, Number(json, "frame"));
    if (json.contains("etag")) {
      SINEW_ASSIGN_OR_RETURN(done.etag, Text(json, "etag"));
    }
    if (reader.frame) reader.frame(done);
  } else if (json.contains("outputs")) {
    ManifestResult result;
    SINEW_ASSIGN_OR_RETURN(result.source, Text(json, "source"));
    SINEW_ASSIGN_OR_RETURN(result.of, InputNumber(json, *manifest));
    if (!json["outputs"].is_array()) return Corrupt("\"outputs\" must be a list");
    for (const OrderedJson& output : json["outputs"]) {
      if (!output.is_string()) return Corrupt("\"outputs\" must be a list of texts");
      result.outputs.push_back(output.get<std::string>());
    }
    SINEW_ASSIGN_OR_RETURN(result.frames, Number(json, "frames"));
    SINEW_ASSIGN_OR_RETURN(result.failed, Number(json, "failed"));
    SINEW_ASSIGN_OR_RETURN(result.people, Number(json, "people"));
    if (reader.result) reader.result(result);
  } else if (json.contains("item")) {
    ShardItem item;
    SINEW_ASSIGN_OR_RETURN(item.place, Number(json, "item"));
    SINEW_ASSIGN_OR_RETURN(item.records, Number(json, "records"));
    const ManifestShard& shard = manifest->shard;
    const bool is_in_order = shard.items.empty() ? item.place >= 0 : item.place > shard.items.back().place;
    if (!is_in_order || item.place % shard.count != shard.number - 1 || item.records < 1)
      return Corrupt("item {} with {} records is not of shard {} of {}, or not in order", item.place, item.records,
                     shard.number, shard.count);
    manifest->shard.items.push_back(item);
  } else if (json.contains("items")) {
    SINEW_ASSIGN_OR_RETURN(manifest->shard.places, Number(json, "items"));
    SINEW_ASSIGN_OR_RETURN(manifest->shard.bytes, Number(json, "bytes"));
  }
  return Status();
}

bool IsEmpty(const std::filesystem::path& path) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  return !error && size == 0;
}

}  // namespace

ManifestInput IdentifyInput(const std::string& name, const std::string& location) {
  ManifestInput input = {AsReadBack(name)};
  if (IsRemote(location)) {
    const Result<RemoteFiles*> remote = LoadRemote(location);
    const Result<RemoteInfo> info = remote.ok() ? (*remote)->Examine(location) : remote.status();
    if (!info.ok() || info->etag.empty()) return input;
    input.bytes = static_cast<int64_t>(info->bytes);
    input.etag = AsReadBack(info->etag);
    return input;
  }
  struct stat info;
  if (::stat(location.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return input;
  constexpr int64_t kNanoseconds = 1'000'000'000;
  input.bytes = info.st_size;
  input.modified_ns = info.st_mtim.tv_sec * kNanoseconds + info.st_mtim.tv_nsec;
  return input;
}

bool IsOf(const ManifestInput& input, const std::string& source) {
  if (input.name == source) return true;
  if (!input.name.starts_with("s3://")) return false;
  const size_t wild = input.name.find_first_of("*?[");
  const bool is_many = input.name.ends_with('/') || wild != std::string::npos;
  return is_many && source.starts_with(input.name.substr(0, wild));
}

std::string ToText(const Manifest& manifest) {
  std::string text = Dump(Header(manifest));
  for (const ManifestInput& input : manifest.inputs) text += Dump(ToJson(input));
  return text;
}

std::string ToLines(const ManifestShard& shard) {
  std::string text;
  for (const ShardItem& item : shard.items) text += Dump({{"item", item.place}, {"records", item.records}});
  return text + Dump({{"items", shard.places}, {"bytes", shard.bytes}});
}

std::string ToLine(const ManifestObject& object) {
  return Dump({{"object", object.url}, {"bytes", object.bytes}, {"etag", object.etag}});
}

std::string ToLine(const ManifestFrame& frame) {
  OrderedJson json = {{"done", frame.name}, {"of", frame.of}, {"frame", frame.frame}};
  if (!frame.etag.empty()) json["etag"] = frame.etag;
  return Dump(json);
}

std::string ToLine(const ManifestResult& result) {
  return Dump({{"source", result.source},
               {"of", result.of},
               {"outputs", result.outputs},
               {"frames", result.frames},
               {"failed", result.failed},
               {"people", result.people}});
}

Result<Manifest> ReadManifest(const std::filesystem::path& path, const ManifestReader& reader,
                              uint64_t* complete_bytes) {
  SINEW_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  return ParseManifest({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()}, path.string(), reader,
                       complete_bytes);
}

Result<Manifest> ParseManifest(std::string_view text, std::string_view name, const ManifestReader& reader,
                               uint64_t* complete_bytes) {
  const size_t size = text.size();
  Manifest manifest;
  for (int64_t number = 1;; ++number) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const OrderedJson json =
        line.size() > kMaxLineBytes ? OrderedJson() : OrderedJson::parse(line, nullptr, /*allow_exceptions=*/false);
    Status status;
    if (!json.is_object()) {
      status = Corrupt("is not a JSON object");
    } else if (number == 1) {
      Result<Manifest> header = ParseHeader(json);
      if (header.ok()) manifest = std::move(*header);
      status = header.status();
    } else {
      status = ParseLine(json, &manifest, reader);
    }
    if (!status.ok()) return Prefixed(fmt::format("{} line {}", name, number), status);
  }
  if (complete_bytes != nullptr) *complete_bytes = size - text.size();
  if (manifest.producer.empty()) return Corrupt("{}: is not a manifest: it has no first line", name);
  return manifest;
}

Status CheckSameRun(const Manifest& earlier, const Manifest& now, const std::filesystem::path& path) {
  const auto differs = [&](std::string_view what, std::string_view was, std::string_view is) {
    return InvalidArgument(
        "{}: the earlier run had {} {}, this one has {}: resume with what it had, or write to another file",
        path.string(), what, was.empty() ? "none" : was, is.empty() ? "none" : is);
  };
  if (earlier.producer != now.producer) return differs("the program", earlier.producer, now.producer);
  if (earlier.artifact.model != now.artifact.model)
    return differs("the model", earlier.artifact.model, now.artifact.model);
  if (earlier.artifact.target != now.artifact.target)
    return differs("the target", earlier.artifact.target, now.artifact.target);
  if (earlier.artifact.xxh3 != now.artifact.xxh3)
    return differs("a compiled network with the hash", earlier.artifact.xxh3, now.artifact.xxh3);
  if (earlier.shard.number != now.shard.number || earlier.shard.count != now.shard.count) {
    const auto name = [](const ManifestShard& shard) { return fmt::format("{}/{}", shard.number, shard.count); };
    return differs("the shard", name(earlier.shard), name(now.shard));
  }
  const auto value = [](const Manifest& manifest, const std::string& flag) {
    const auto found = std::find_if(manifest.options.begin(), manifest.options.end(),
                                    [&](const auto& option) { return option.first == flag; });
    return found == manifest.options.end() ? std::string() : AsReadBack(found->second);
  };
  for (const Manifest* side : {&earlier, &now}) {
    for (const auto& option : side->options) {
      const std::string was = value(earlier, option.first), is = value(now, option.first);
      if (was != is) return differs(option.first, was, is);
    }
  }
  return Status();
}

Status CheckSameInputs(const Manifest& earlier, const Manifest& now, size_t count, const std::filesystem::path& path) {
  constexpr const char* kAdvice = "resume with the inputs that it had, or write to another file";
  for (size_t i = 0; i < count; ++i) {
    if (i >= earlier.inputs.size() || i >= now.inputs.size()) {
      return InvalidArgument("{}: the earlier run has got to input {}, of {} that it had; now there are {}: {}",
                             path.string(), count, earlier.inputs.size(), now.inputs.size(), kAdvice);
    }
    const ManifestInput &was = earlier.inputs[i], &is = now.inputs[i];
    if (was.name != is.name) {
      return InvalidArgument("{}: input {} of the earlier run was {}, now it is {}: {}", path.string(), i + 1, was.name,
                             is.name, kAdvice);
    }
    if (was != is) {
      return InvalidArgument(
          "{}: {} has changed since the earlier run: write to another file, or begin anew without --resume",
          path.string(), was.name);
    }
  }
  return Status();
}

Result<EarlierRun> FindEarlierRun(const std::filesystem::path& jsonl) {
  const std::filesystem::path part = PartPath(jsonl), manifest = ManifestPath(jsonl),
                              manifest_part = PartPath(manifest);
  // The manifest of a run that has begun is written right after its lines were created, and is renamed after they were.
  const auto finished = [&]() -> Result<std::filesystem::path> {
    SINEW_ASSIGN_OR_RETURN(const bool exists, FileExists(jsonl));
    return exists ? LocalCopy(jsonl) : std::filesystem::path();
  };
  if (IsThere(manifest_part)) {
    if (IsThere(part)) return EarlierRun{part, manifest_part};
    SINEW_ASSIGN_OR_RETURN(std::filesystem::path lines, finished());
    return EarlierRun{std::move(lines), manifest_part};
  }
  if (IsThere(part) && !IsEmpty(part)) {
    return InvalidArgument(
        "{}: has no manifest ({}), so that nobody knows what it is of: remove it, or begin anew without --resume",
        part.string(), manifest_part.string());
  }
  SINEW_ASSIGN_OR_RETURN(std::filesystem::path lines, finished());
  if (lines.empty()) return EarlierRun();
  SINEW_ASSIGN_OR_RETURN(const bool has_manifest, FileExists(manifest));
  if (!has_manifest) {
    return InvalidArgument(
        "{}: has no manifest ({}), so that nobody knows what it is of: write to another file, or begin anew without "
        "--resume",
        jsonl.string(), manifest.string());
  }
  return EarlierRun{std::move(lines), manifest};
}

std::filesystem::path ManifestPath(std::filesystem::path jsonl) { return jsonl += ".manifest"; }

std::filesystem::path FolderManifestPath(const std::filesystem::path& folder) { return folder / ".sinew-manifest"; }

}  // namespace sinew::pipeline
