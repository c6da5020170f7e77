// The zoo's description: parsed once, from the copy of models/zoo.json that CMake puts into zoo_json.h.
#include "service/zoo/zoo.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "base/spelling.h"
#include "zoo_json.h"

namespace sinew::zoo {
namespace {

using Json = nlohmann::json;

// Reads typed fields of one object and keeps the first complaint.
class Fields {
 public:
  explicit Fields(const Json& json) : json_(json) {}

  std::string Text(const char* key) {
    if (!Has(key) || !json_[key].is_string()) return Complain<std::string>(key, "a text");
    return json_[key].get<std::string>();
  }
  std::string OptionalText(const char* key) { return Has(key) ? Text(key) : std::string(); }
  std::string NonEmptyText(const char* key) {
    std::string text = Text(key);
    return text.empty() ? Complain<std::string>(key, "a text that is not empty") : text;
  }
  // A positive number that no field of an entry can sensibly exceed.
  int Count(const char* key) {
    constexpr int64_t kMost = 10'000;
    if (!Has(key) || !json_[key].is_number_integer()) return Complain<int>(key, "a whole number");
    const bool overflows = json_[key].is_number_unsigned() && json_[key].get<uint64_t>() > uint64_t{kMost};
    const int64_t value = overflows ? 0 : json_[key].get<int64_t>();
    return value >= 1 && value <= kMost ? static_cast<int>(value) : Complain<int>(key, "between 1 and 10000");
  }
  // 0 where it is absent.
  double OptionalNumber(const char* key) {
    constexpr double kMost = 1e6;
    if (!Has(key)) return 0;
    if (!json_[key].is_number()) return Complain<double>(key, "a number");
    const double value = json_[key].get<double>();
    return value > 0 && value <= kMost ? value : Complain<double>(key, "above 0, at most a million");
  }
  bool Flag(const char* key) {
    if (!Has(key) || !json_[key].is_boolean()) return Complain<bool>(key, "true or false");
    return json_[key].get<bool>();
  }
  std::vector<std::string> Texts(const char* key) {
    std::vector<std::string> texts;
    if (!Has(key) || !json_[key].is_array()) return Complain<std::vector<std::string>>(key, "a list of texts");
    for (const Json& item : json_[key]) {
      if (!item.is_string()) return Complain<std::vector<std::string>>(key, "a list of texts");
      texts.push_back(item.get<std::string>());
    }
    return texts;
  }
  const Status& status() const { return status_; }

 private:
  bool Has(const char* key) const { return json_.is_object() && json_.contains(key); }
  template <class T>
  T Complain(const char* key, const char* what) {
    if (status_.ok()) status_ = Corrupt("\"{}\" must be {}", key, what);
    return T();
  }

  const Json& json_;
  Status status_;
};

bool HasOnly(std::string_view text, std::string_view alphabet) {
  return text.find_first_not_of(alphabet) == std::string_view::npos;
}

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

// Names become folders of the model store, and words of messages and command lines.
bool IsName(std::string_view name) {
  constexpr size_t kLongestName = 64;
  return !name.empty() && name.size() <= kLongestName && name[0] != '.' && name[0] != '-' &&
         HasOnly(name, std::string(kLetters) + "._-");
}

// A file within a package: a relative path that stays inside.
bool IsInnerPath(std::string_view path) {
  return !path.empty() && path[0] != '/' && path[0] != '-' && path.find("..") == std::string_view::npos &&
         HasOnly(path, std::string(kLetters) + "._-/");
}

Status CheckPackage(const Source& source) {
  constexpr size_t kSha512Base64Length = 88;
  const std::string name_letters = std::string(kLetters) + "@/._-";
  if (source.package[0] == '-' || !HasOnly(source.package, name_letters)) {
    return Corrupt("\"package\" is not the name of a package");
  }
  if (!IsName(source.version)) return Corrupt("\"version\" is not a version");
  if (source.sha512.size() != kSha512Base64Length || !HasOnly(source.sha512, std::string(kLetters) + "+/=")) {
    return Corrupt("\"sha512\" must be a SHA-512 in base64, {} characters", kSha512Base64Length);
  }
  bool has_graph = false;
  for (const std::string& file : source.files) {
    if (!IsInnerPath(file)) return Corrupt("\"files\": \"{}\" is not a path within the package", file);
    has_graph = has_graph ||
                (source.graph.empty() ? file.ends_with("/model.json") || file == "model.json" : file == source.graph);
  }
  if (has_graph) return Status();
  return Corrupt("\"files\" has no {}", source.graph.empty() ? "model.json" : source.graph);
}

// Empty where whoever wrote the entry could not have the file.
Status CheckSha256(const Source& source) {
  constexpr size_t kSha256Length = 64;
  if (source.sha256.empty()) return Status();
  if (source.sha256.size() == kSha256Length && HasOnly(source.sha256, "0123456789abcdef")) return Status();
  return Corrupt("\"sha256\" must be {} digits, 0 to f", kSha256Length);
}

Status CheckFile(const Source& source) {
  constexpr size_t kGitBlobLength = 40;
  if (!source.url.starts_with("https://")) return Corrupt("\"url\" must start with https://");
  if (source.git_blob.size() != kGitBlobLength || !HasOnly(source.git_blob, "0123456789abcdef")) {
    return Corrupt("\"git_blob\" must be {} digits, 0 to f", kGitBlobLength);
  }
  return CheckSha256(source);
}

Result<Source> ParseSource(const Json& json) {
  Fields fields(json);
  Source source;
  const std::string kind = fields.Text("kind");
  if (!fields.status().ok()) return fields.status();
  if (kind == "npm") {
    source.kind = Source::Kind::kNpm;
    source.package = fields.NonEmptyText("package");
    source.version = fields.NonEmptyText("version");
    source.sha512 = fields.NonEmptyText("sha512");
    source.files = fields.Texts("files");
    source.graph = fields.OptionalText("graph");
    if (fields.status().ok()) SINEW_RETURN_IF_ERROR(CheckPackage(source));
  } else if (kind == "file") {
    source.kind = Source::Kind::kFile;
    source.url = fields.NonEmptyText("url");
    source.git_blob = fields.NonEmptyText("git_blob");
    source.sha256 = fields.OptionalText("sha256");
    if (fields.status().ok()) SINEW_RETURN_IF_ERROR(CheckFile(source));
  } else if (kind == "manual") {
    source.kind = Source::Kind::kManual;
    source.instructions = fields.NonEmptyText("instructions");
    source.file = fields.OptionalText("file");
    source.sha256 = fields.OptionalText("sha256");
    if (fields.status().ok()) SINEW_RETURN_IF_ERROR(CheckSha256(source));
  } else {
    return Corrupt("kind \"{}\" is none of npm, file, manual", kind);
  }
  if (!fields.status().ok()) return fields.status();
  return source;
}

Result<Entry> ParseEntry(const Json& json) {
  if (!json.is_object()) return Corrupt("must be an object");
  Fields fields(json);
  Entry entry;
  entry.name = fields.NonEmptyText("name");
  entry.description = fields.NonEmptyText("description");
  entry.format = fields.NonEmptyText("format");
  entry.folder = fields.OptionalText("folder");
  entry.licence = fields.NonEmptyText("licence");
  entry.commercial_use = fields.Flag("commercial_use");
  entry.skeleton = fields.NonEmptyText("skeleton");
  entry.keypoints = fields.Count("keypoints");
  entry.stride = fields.Count("stride");
  entry.input = fields.NonEmptyText("input");
  entry.output = fields.NonEmptyText("output");
  entry.resolution = fields.NonEmptyText("net_resolution");
  entry.gmac = fields.OptionalNumber("gmac");
  entry.megabytes = fields.OptionalNumber("megabytes");
  entry.notes = fields.OptionalText("notes");
  if (!fields.status().ok()) return fields.status();
  if (!IsName(entry.name)) {
    return Corrupt("\"{}\" is not the name of a model: letters, digits, '.', '_' and '-'", entry.name);
  }
  if (!entry.folder.empty() && !IsName(entry.folder))
    return Corrupt("\"{}\" is not the name of a folder", entry.folder);
  Result<Source> source = ParseSource(json.value("source", Json()));
  if (!source.ok()) return Prefixed("source", source.status());
  entry.source = std::move(*source);
  return entry;
}

}  // namespace

Result<std::vector<Entry>> ParseEntries(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Corrupt("the zoo's description is not JSON");
  if (!json.is_object() || !json.contains("models") || !json["models"].is_array()) {
    return Corrupt("the zoo's description has no list \"models\"");
  }
  std::vector<Entry> entries;
  for (const Json& item : json["models"]) {
    Result<Entry> entry = ParseEntry(item);
    if (!entry.ok()) return Prefixed(fmt::format("model {} of the zoo's description", entries.size()), entry.status());
    const auto same_name = [&](const Entry& other) { return other.name == entry->name; };
    if (std::any_of(entries.begin(), entries.end(), same_name)) {
      return Corrupt("model {} of the zoo's description: \"{}\" is there twice", entries.size(), entry->name);
    }
    entries.push_back(std::move(*entry));
  }
  return entries;
}

std::span<const Entry> Entries() {
  static const Result<std::vector<Entry>> entries = ParseEntries(kZooJson);
  SINEW_CHECK(entries.ok());
  return *entries;
}

Result<const Entry*> Find(std::string_view name) {
  constexpr size_t kLongestName = 64;  // in a message
  std::vector<std::string_view> names;
  for (const Entry& entry : Entries()) {
    if (entry.name == name) return &entry;
    names.push_back(entry.name);
  }
  return NotFound("no model is called \"{}\"{}; the zoo has {}", name.substr(0, kLongestName), Suggestion(name, names),
                  fmt::join(names, ", "));
}

std::string Describe(const Source& source) {
  switch (source.kind) {
    case Source::Kind::kNpm:
      return fmt::format("npm package {} {}", source.package, source.version);
    case Source::Kind::kFile:
      return source.url;
    case Source::Kind::kManual:
      return source.instructions;
  }
  return "";
}

}  // namespace sinew::zoo
