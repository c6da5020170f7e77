// The weights lie one after another, in manifest order, in the concatenation of a group's shards.
#include "compiler/import/tfjs/tfjs_weights.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/checked_math.h"
#include "base/error.h"
#include "compiler/import/tensorflow/node_names.h"

namespace sinew::import {
namespace {

using Json = nlohmann::json;

struct Weight {
  std::string name;
  TfTensor tensor;
  int64_t bytes = 0;  // in the shards
};

TfType TypeNamed(std::string_view name) {
  if (name == "float32") return TfType::kFloat;
  if (name == "float16") return TfType::kHalf;
  if (name == "int32") return TfType::kInt32;
  if (name == "uint8") return TfType::kUint8;
  if (name == "uint16") return TfType::kUint16;
  if (name == "bool") return TfType::kBool;
  return TfType::kInvalid;
}

// A member that must be a string.
Result<std::string> Text(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end() || !found->is_string()) return Corrupt("it has no \"{}\"", member);
  return found->get<std::string>();
}

Result<TfType> ReadType(const Json& object) {
  SINEW_ASSIGN_OR_RETURN(const std::string name, Text(object, "dtype"));
  const TfType type = TypeNamed(name);
  if (type == TfType::kInvalid) return Unsupported("its dtype is \"{}\"", Printable(name));
  return type;
}

Status ReadQuantization(const Json& json, TfTensor& tensor) {
  if (!json.is_object()) return Corrupt("its \"quantization\" is not an object");
  SINEW_ASSIGN_OR_RETURN(tensor.storage, ReadType(json));
  if (tensor.storage == TfType::kHalf) return {};
  if (tensor.storage != TfType::kUint8 && tensor.storage != TfType::kUint16) {
    return Unsupported("it is quantised to {}", TfTypeName(tensor.storage));
  }
  const auto scale = json.find("scale"), min = json.find("min");
  if (scale == json.end() || min == json.end() || !scale->is_number() || !min->is_number()) {
    return Corrupt("its \"quantization\" has no \"scale\" or no \"min\"");
  }
  tensor.quantization = Quantization{scale->get<double>(), min->get<double>()};
  return {};
}

Status ReadShape(const Json& json, ir::Shape& shape) {
  const auto dims = json.find("shape");
  if (dims == json.end() || !dims->is_array()) return Corrupt("it has no \"shape\"");
  for (const Json& dim : *dims) {
    if (!dim.is_number_unsigned() || dim.get<uint64_t>() > INT64_MAX) {
      return Corrupt("its \"shape\" is not a list of sizes");
    }
    shape.push_back(dim.get<int64_t>());
  }
  return {};
}

Status ReadEntry(const Json& json, Weight& weight) {
  TfTensor& tensor = weight.tensor;
  SINEW_ASSIGN_OR_RETURN(tensor.type, ReadType(json));
  tensor.storage = tensor.type;
  if (tensor.type == TfType::kHalf) tensor.type = TfType::kFloat;
  SINEW_RETURN_IF_ERROR(ReadShape(json, tensor.shape));
  if (const auto quantization = json.find("quantization"); quantization != json.end()) {
    SINEW_RETURN_IF_ERROR(ReadQuantization(*quantization, tensor));
  }
  SINEW_ASSIGN_OR_RETURN(const int64_t count, ir::ElementCount(tensor.shape));
  const std::optional<int64_t> bytes = CheckedMul(count, TfTypeBytes(tensor.storage));
  if (!bytes) return Corrupt("its shape {} is too large", ir::ToString(tensor.shape));
  weight.bytes = *bytes;
  return {};
}

Result<std::vector<Weight>> ReadEntries(const Json& group) {
  const auto list = group.find("weights");
  if (list == group.end() || !list->is_array()) return Corrupt("a group of the weights manifest has no \"weights\"");
  std::vector<Weight> weights;
  for (const Json& json : *list) {
    if (!json.is_object()) return Corrupt("an entry of the weights manifest is not an object");
    Weight weight;
    SINEW_ASSIGN_OR_RETURN(weight.name, Text(json, "name"));
    const Status status = ReadEntry(json, weight);
    if (!status.ok()) return Prefixed(fmt::format("weight \"{}\" of the manifest", Printable(weight.name)), status);
    weights.push_back(std::move(weight));
  }
  return weights;
}

// A manifest may come from anywhere: it names files beside itself only.
Status CheckShardPath(const std::string& text) {
  const std::filesystem::path path(text);
  bool inside = !text.empty() && text.find('\0') == std::string::npos && path.is_relative();
  for (const auto& part : path) inside = inside && part != "..";
  if (!inside) {
    return Corrupt("the weights manifest names the shard \"{}\", which is not beside model.json", Printable(text));
  }
  return {};
}

Result<std::vector<std::string>> ReadShardPaths(const Json& group) {
  const auto list = group.find("paths");
  if (list == group.end() || !list->is_array()) return Corrupt("a group of the weights manifest has no \"paths\"");
  std::vector<std::string> paths;
  for (const Json& path : *list) {
    if (!path.is_string()) return Corrupt("a path in the weights manifest is not a string");
    SINEW_RETURN_IF_ERROR(CheckShardPath(path.get_ref<const std::string&>()));
    paths.push_back(path.get<std::string>());
  }
  return paths;
}

// Deals the bytes of the shards out to the weights, in order.
Status FillWeights(const std::vector<std::string>& paths, const ShardSource& read_shard, std::vector<Weight>& weights) {
  int64_t wanted = 0;
  for (const Weight& weight : weights) {
    const std::optional<int64_t> sum = CheckedAdd(wanted, weight.bytes);
    if (!sum) return Corrupt("the sizes in the weights manifest are too large");
    wanted = *sum;
  }
  int64_t read = 0;
  size_t current = 0;
  for (const std::string& path : paths) {
    Result<std::string> shard = read_shard(path, static_cast<uint64_t>(wanted - read));
    if (!shard.ok() && shard.status().code() == StatusCode::kTooLarge) {
      return Corrupt(
          "the shards of the weights are longer than the {} bytes that the manifest lists: \"{}\" should have no "
          "more than {} bytes",
          wanted, path, wanted - read);
    }
    if (!shard.ok()) return shard.status();
    read += static_cast<int64_t>(shard->size());
    std::string_view rest = *shard;
    while (!rest.empty() && current < weights.size()) {
      Weight& weight = weights[current];
      const size_t missing = static_cast<size_t>(weight.bytes) - weight.tensor.bytes.size();
      const std::string_view part = rest.substr(0, missing);
      weight.tensor.bytes.append(part);
      rest.remove_prefix(part.size());
      if (part.size() == missing) ++current;
    }
  }
  if (read < wanted) {
    return Corrupt(
        "the shards of the weights have {} bytes, but the manifest lists {}: \"{}\" is cut short or a shard is "
        "missing from the manifest",
        read, wanted, paths.empty() ? "" : paths.back());
  }
  return {};
}

}  // namespace

Result<std::unordered_map<std::string, TfTensor>> ReadTfjsWeights(const Json& manifest, const ShardSource& read_shard) {
  if (!manifest.is_array()) return Corrupt("\"weightsManifest\" is not a list");
  std::unordered_map<std::string, TfTensor> by_name;
  for (const Json& group : manifest) {
    if (!group.is_object()) return Corrupt("a group of the weights manifest is not an object");
    SINEW_ASSIGN_OR_RETURN(std::vector<Weight> weights, ReadEntries(group));
    SINEW_ASSIGN_OR_RETURN(const std::vector<std::string> paths, ReadShardPaths(group));
    SINEW_RETURN_IF_ERROR(FillWeights(paths, read_shard, weights));
    for (Weight& weight : weights) {
      if (!by_name.emplace(weight.name, std::move(weight.tensor)).second) {
        return Corrupt("the weights manifest lists \"{}\" twice", Printable(weight.name));
      }
    }
  }
  return by_name;
}

}  // namespace sinew::import
