// Rows of people.
#include "results/csv.h"

#include <cmath>

#include "base/check.h"
#include "base/error.h"
#include "base/part_file.h"
#include "results/decimals.h"
#include "results/skeleton_check.h"

namespace sinew::results {
namespace {

std::string Header(const Skeleton& skeleton) {
  std::string row = "source,frame,seconds,width,height,person,person_id,score";
  for (const SkeletonKeypoint& keypoint : skeleton.keypoints)
    row += fmt::format(",{0}_x,{0}_y,{0}_score", keypoint.name);
  return row + ",error,damaged\n";
}

std::string Quoted(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string_view("\"\"") : std::string_view(&c, 1);
  return quoted + '"';
}

void AppendPerson(const Person& person, std::string* row) {
  *row += fmt::format("{}", Millionth(person.score));
  for (const Keypoint& keypoint : person.keypoints) {
    const Keypoint k = FiniteOrMissing(keypoint);
    *row += k.score > 0 ? fmt::format(",{},{},{}", Thousandth(k.x), Thousandth(k.y), Millionth(k.score)) : ",,,";
  }
}

class CsvWriter : public RecordWriter {
 public:
  CsvWriter(PartFile file, const Skeleton& skeleton) : file_(std::move(file)), skeleton_(skeleton) {
    file_.StartAnew();
  }

  Status Write(const Record& record) override {
    SINEW_CHECK(record.person_ids.empty() || record.person_ids.size() == record.people.size());
    SINEW_RETURN_IF_ERROR(CheckSkeleton(record, skeleton_));
    const bool timed = record.seconds && std::isfinite(*record.seconds);
    const std::string frame =
        fmt::format("{},{},{},{},{}", Quoted(record.source), record.frame,
                    timed ? fmt::format("{}", Millionth(*record.seconds)) : "", record.width, record.height);
    const std::string end = fmt::format("{},{}\n", Quoted(record.error), record.damaged ? "true" : "");
    std::string rows;
    for (size_t i = 0; i < record.people.size(); ++i) {
      rows +=
          fmt::format("{},{},{},", frame, i, record.person_ids.empty() ? "" : fmt::format("{}", record.person_ids[i]));
      AppendPerson(record.people[i], &rows);
      rows += "," + end;
    }
    if (record.people.empty()) rows = fmt::format("{},,,{:,>{}}{}", frame, "", 3 * skeleton_.keypoints.size() + 1, end);
    return Append(rows);
  }
  Status Finish() override {
    SINEW_RETURN_IF_ERROR(Append(""));
    return file_.Commit();
  }
  Status Keep() override { return file_.Keep(); }

 private:
  Status Append(const std::string& rows) {
    if (has_header_) return file_.Append(rows);
    has_header_ = true;
    return file_.Append(Header(skeleton_) + rows);
  }

  PartFile file_;
  const Skeleton skeleton_;
  bool has_header_ = false;
};

}  // namespace

Result<std::unique_ptr<RecordWriter>> CreateCsvWriter(const std::filesystem::path& path, const Skeleton& skeleton,
                                                      const WriteOptions& options) {
  SINEW_ASSIGN_OR_RETURN(PartFile file, PartFile::Open(path, options));
  return std::unique_ptr<RecordWriter>(new CsvWriter(std::move(file), skeleton));
}

}  // namespace sinew::results
