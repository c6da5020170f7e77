// Records as lines of JSON, and their reading back.
#include "results/jsonl.h"

#include <unistd.h>

#include <cmath>
#include <limits>

#include "base/check.h"
#include "base/error.h"
#include "base/file.h"
#include "results/decimals.h"
#include "results/json_people.h"

namespace sinew::results {
namespace {

// Tens of thousands of people. It bounds the memory that a line from outside can take.
constexpr size_t kMaxLineBytes = size_t{16} << 20;

Json ToJson(const Record& record, const JsonOptions& options) {
  SINEW_CHECK(record.person_ids.empty() || record.person_ids.size() == record.people.size());
  SINEW_CHECK(record.found_keypoints.empty() || record.found_keypoints.size() == record.people.size());
  Json json;
  json["source"] = record.source;
  json["frame"] = record.frame;
  json["seconds"] = record.seconds && std::isfinite(*record.seconds) ? Json(Millionth(*record.seconds)) : Json();
  json["width"] = record.width;
  json["height"] = record.height;
  Json people = Json::array();
  for (size_t i = 0; i < record.people.size(); ++i) {
    Json person;
    if (!record.person_ids.empty()) person["person_id"] = record.person_ids[i];
    person["score"] = Millionth(record.people[i].score);
    person["keypoints"] = KeypointsToJson(record.people[i].keypoints);
    if (!record.found_keypoints.empty()) person["found_keypoints"] = KeypointsToJson(record.found_keypoints[i]);
    if (options.boxes) AddBoxes(record.people[i], record, &person);
    people.push_back(std::move(person));
  }
  json["people"] = std::move(people);
  if (!record.error.empty()) json["error"] = record.error;
  return json;
}

// The member, or null where there is none: no reader tells them apart.
const Json& Member(const Json& object, const char* name) {
  static const Json kNone;
  const auto found = object.find(name);
  return found == object.end() ? kNone : *found;
}

Result<std::string> String(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  if (!value.is_string()) return Corrupt("\"{}\" is {}, must be a string", name, value.type_name());
  return value.get<std::string>();
}

Result<int64_t> Integer(const Json& object, const char* name, int64_t min, int64_t max) {
  const Json& value = Member(object, name);
  if (!value.is_number_integer()) {
    return Corrupt("\"{}\" is {}, must be a whole number", name, value.is_number() ? value.dump() : value.type_name());
  }
  const bool beyond =
      value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (beyond || value.get<int64_t>() < min || value.get<int64_t>() > max)
    return Corrupt("\"{}\" is out of range: {}", name, value.dump());
  return value.get<int64_t>();
}

Result<double> Number(const Json& object, const char* name, double max) {
  const Json& value = Member(object, name);
  if (!value.is_number()) return Corrupt("\"{}\" is {}, must be a number", name, value.type_name());
  const double number = value.get<double>();
  if (!(std::fabs(number) <= max)) return Corrupt("\"{}\" is out of range: {}", name, value.dump());
  return number;
}

Status ReadPerson(const Json& json, Record* record) {
  Person person;
  SINEW_ASSIGN_OR_RETURN(person.keypoints, KeypointsFromJson(json, "keypoints"));
  SINEW_ASSIGN_OR_RETURN(const double score, Number(json, "score", std::numeric_limits<float>::max()));
  person.score = static_cast<float>(score);
  const bool has_id = json.contains("person_id");
  if (has_id != (record->person_ids.size() == record->people.size()) && !record->people.empty()) {
    return Corrupt("some people of the frame have a \"person_id\", others none");
  }
  if (has_id) {
    constexpr int64_t kMin = std::numeric_limits<int64_t>::min(), kMax = std::numeric_limits<int64_t>::max();
    SINEW_ASSIGN_OR_RETURN(const int64_t id, Integer(json, "person_id", kMin, kMax));
    record->person_ids.push_back(id);
  }
  const bool was_smoothed = json.contains("found_keypoints");
  if (was_smoothed != (record->found_keypoints.size() == record->people.size()) && !record->people.empty()) {
    return Corrupt("some people of the frame have \"found_keypoints\", others none");
  }
  if (was_smoothed) {
    SINEW_ASSIGN_OR_RETURN(std::vector<Keypoint> found, KeypointsFromJson(json, "found_keypoints"));
    if (found.size() != person.keypoints.size())
      return Corrupt("has {} \"found_keypoints\" and {} \"keypoints\"", found.size(), person.keypoints.size());
    record->found_keypoints.push_back(std::move(found));
  }
  record->people.push_back(std::move(person));
  return Status();
}

class JsonLinesWriter : public RecordWriter {
 public:
  // Without a file, to the standard output.
  JsonLinesWriter(std::optional<AppendFile> file, std::filesystem::path path, const JsonOptions& options)
      : file_(std::move(file)), path_(std::move(path)), options_(options) {}

  Status Write(const Record& record) override {
    const std::string line = ToJsonLine(record, options_);
    return file_ ? file_->Append(line) : WriteToDescriptor(STDOUT_FILENO, "standard output", line);
  }
  Status Finish() override { return file_ ? file_->FinishAs(path_) : Status(); }

 private:
  std::optional<AppendFile> file_;
  std::filesystem::path path_;
  JsonOptions options_;
};

}  // namespace

std::filesystem::path PartPath(std::filesystem::path path) { return path += ".part"; }

std::string ToJsonLine(const Record& record, const JsonOptions& options) { return ToLine(ToJson(record, options)); }

Result<Record> ParseJsonLine(std::string_view line) {
  if (line.size() > kMaxLineBytes) return TooLarge("{} bytes, the limit is {}", line.size(), kMaxLineBytes);
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Corrupt("is no JSON object");
  Record record;
  SINEW_ASSIGN_OR_RETURN(record.source, String(json, "source"));
  SINEW_ASSIGN_OR_RETURN(record.frame, Integer(json, "frame", 0, std::numeric_limits<int64_t>::max()));
  if (!Member(json, "seconds").is_null()) {
    SINEW_ASSIGN_OR_RETURN(record.seconds, Number(json, "seconds", std::numeric_limits<double>::max()));
  }
  SINEW_ASSIGN_OR_RETURN(const int64_t width, Integer(json, "width", 0, std::numeric_limits<int>::max()));
  SINEW_ASSIGN_OR_RETURN(const int64_t height, Integer(json, "height", 0, std::numeric_limits<int>::max()));
  record.width = static_cast<int>(width);
  record.height = static_cast<int>(height);
  const Json& people = Member(json, "people");
  if (!people.is_array() || people.size() > kMaxPeople)
    return Corrupt("\"people\" must be a list of at most {}", kMaxPeople);
  for (size_t i = 0; i < people.size(); ++i) {
    const Status status = ReadPerson(people[i], &record);
    if (!status.ok()) return Prefixed(fmt::format("person {}", i), status);
  }
  if (!Member(json, "error").is_null()) {
    SINEW_ASSIGN_OR_RETURN(record.error, String(json, "error"));
  }
  return record;
}

Result<uint64_t> ParseJsonLines(std::string_view text, std::string_view name, const RecordSink& sink) {
  uint64_t complete_bytes = 0;
  for (int64_t number = 1;; ++number) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return complete_bytes;
    Result<Record> record = ParseJsonLine(text.substr(0, end));
    if (!record.ok()) return Prefixed(fmt::format("{} line {}", name, number), record.status());
    SINEW_RETURN_IF_ERROR(sink(std::move(*record)));
    text.remove_prefix(end + 1);
    complete_bytes += end + 1;
  }
}

Result<uint64_t> ReadJsonLines(const std::filesystem::path& path, const RecordSink& sink) {
  SINEW_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  return ParseJsonLines({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()}, path.string(), sink);
}

std::string AsReadBack(std::string_view text) {
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

Result<std::unique_ptr<RecordWriter>> CreateJsonLinesWriter(const std::filesystem::path& path,
                                                            const JsonOptions& options) {
  if (path == "-") return std::unique_ptr<RecordWriter>(new JsonLinesWriter(std::nullopt, path, options));
  SINEW_RETURN_IF_ERROR(CheckReplaceable(path));
  SINEW_ASSIGN_OR_RETURN(AppendFile file, AppendFile::Open(PartPath(path)));
  SINEW_RETURN_IF_ERROR(file.Truncate(0));
  return std::unique_ptr<RecordWriter>(new JsonLinesWriter(std::move(file), path, options));
}

Result<std::unique_ptr<RecordWriter>> ResumeJsonLinesWriter(const std::filesystem::path& path, const RecordSink& sink,
                                                            const JsonOptions& options) {
  if (path == "-") return InvalidArgument("the standard output cannot be resumed: write the JSON lines to a file");
  SINEW_RETURN_IF_ERROR(CheckReplaceable(path));
  const std::filesystem::path part = PartPath(path);
  std::error_code error;
  const bool finished = !std::filesystem::exists(part, error) && std::filesystem::exists(path, error);
  SINEW_ASSIGN_OR_RETURN(AppendFile file, AppendFile::Open(part));
  if (finished) {
    // Copied rather than renamed: what is finished stays until there is more.
    SINEW_ASSIGN_OR_RETURN(const MappedFile whole, MappedFile::Open(path));
    SINEW_RETURN_IF_ERROR(file.Append({reinterpret_cast<const char*>(whole.bytes().data()), whole.bytes().size()}));
  }
  SINEW_ASSIGN_OR_RETURN(const uint64_t complete_bytes, ReadJsonLines(part, sink));
  SINEW_RETURN_IF_ERROR(file.Truncate(complete_bytes));
  return std::unique_ptr<RecordWriter>(new JsonLinesWriter(std::move(file), path, options));
}

}  // namespace sinew::results
