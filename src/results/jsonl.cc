// Records as lines of JSON, and their reading back.
#include "results/jsonl.h"

#include <unistd.h>

#include <cmath>
#include <limits>

#include "base/check.h"
#include "base/error.h"
#include "base/file.h"
#include "base/part_file.h"
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
    if (options.boxes) AddBoxes(record.people[i], options.skeleton, record, &person);
    people.push_back(std::move(person));
  }
  json["people"] = std::move(people);
  if (!record.error.empty()) json["error"] = record.error;
  if (record.damaged) json["damaged"] = true;
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
  // `finished`: the lines of an earlier run that was whole, which come first.
  JsonLinesWriter(PartFile file, std::optional<MappedFile> finished, const JsonOptions& options)
      : file_(std::move(file)), finished_(std::move(finished)), options_(options) {}

  Status Begin() override {
    SINEW_RETURN_IF_ERROR(file_.Append(""));
    return CopyFinished();
  }
  Status Write(const Record& record) override {
    SINEW_RETURN_IF_ERROR(CopyFinished());
    return file_.Append(ToJsonLine(record, options_));
  }
  Status Finish() override {
    SINEW_RETURN_IF_ERROR(CopyFinished());
    return file_.Commit();
  }
  Status Keep() override { return file_.Keep(); }

 private:
  Status CopyFinished() {
    if (!finished_) return Status();
    const std::span<const std::byte> bytes = finished_->bytes();
    SINEW_RETURN_IF_ERROR(file_.Append({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    finished_.reset();
    return Status();
  }

  PartFile file_;
  std::optional<MappedFile> finished_;
  JsonOptions options_;
};

class StandardOutputWriter : public RecordWriter {
 public:
  explicit StandardOutputWriter(const JsonOptions& options) : options_(options) {}
  Status Write(const Record& record) override {
    return WriteToDescriptor(STDOUT_FILENO, "standard output", ToJsonLine(record, options_));
  }
  Status Finish() override { return Status(); }
  Status Keep() override { return Status(); }

 private:
  JsonOptions options_;
};

}  // namespace

std::string ToJsonLine(const Record& record, const JsonOptions& options) { return ToLine(ToJson(record, options)); }

Result<Record> ParseJsonLine(std::string_view line) {
  if (line.size() > kMaxLineBytes) return TooLarge("{} bytes, the limit is {}", line.size(), kMaxLineBytes);
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Corrupt("is not a JSON object");
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
  if (const Json& damaged = Member(json, "damaged"); !damaged.is_null()) {
    if (!damaged.is_boolean()) return Corrupt("\"damaged\" is {}, must be true or false", damaged.type_name());
    record.damaged = damaged.get<bool>();
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
                                                            const JsonOptions& options,
                                                            const WriteOptions& write_options) {
  if (path == "-") return std::unique_ptr<RecordWriter>(new StandardOutputWriter(options));
  SINEW_ASSIGN_OR_RETURN(PartFile file, PartFile::Open(path, write_options));
  file.StartAnew();
  return std::unique_ptr<RecordWriter>(new JsonLinesWriter(std::move(file), std::nullopt, options));
}

Result<std::unique_ptr<RecordWriter>> ResumeJsonLinesWriter(const std::filesystem::path& path,
                                                            const std::filesystem::path& earlier,
                                                            const RecordSink& sink, const JsonOptions& options,
                                                            const WriteOptions& write_options) {
  if (path == "-") return InvalidArgument("the standard output cannot be resumed: write the JSON lines to a file");
  SINEW_ASSIGN_OR_RETURN(PartFile file, PartFile::Open(path, write_options));
  std::optional<MappedFile> finished;
  if (!earlier.empty() && earlier != PartPath(path)) {
    // Copied rather than renamed, and only when there is more: what is finished stays until then.
    SINEW_ASSIGN_OR_RETURN(finished, MappedFile::Open(earlier));
    SINEW_RETURN_IF_ERROR(ReadJsonLines(earlier, sink).status());
  } else if (!earlier.empty()) {
    SINEW_ASSIGN_OR_RETURN(const uint64_t complete_bytes, ReadJsonLines(earlier, sink));
    file.GoOnFrom(complete_bytes);
  }
  return std::unique_ptr<RecordWriter>(new JsonLinesWriter(std::move(file), std::move(finished), options));
}

}  // namespace sinew::results
