// People as COCO's evaluation wants them.
#include "results/coco_json.h"

#include <charconv>
#include <unordered_set>

#include "base/error.h"
#include "base/part_file.h"
#include "pose/oks.h"
#include "results/decimals.h"
#include "results/json_people.h"
#include "results/skeleton_check.h"

namespace sinew::results {
namespace {

constexpr size_t kDigits = 12;

// The number that a picture's name carries.
std::optional<int64_t> NumberIn(const std::string& source) {
  const std::string stem = std::filesystem::path(source).stem().string();
  const size_t before = stem.find_last_not_of("0123456789");
  const std::string_view digits = std::string_view(stem).substr(before == std::string::npos ? 0 : before + 1);
  const bool whole = digits.size() == stem.size() && digits.size() <= kDigits;
  const bool at_end = digits.size() == kDigits && digits.size() < stem.size() && stem[before] == '_';
  int64_t number = 0;
  if (digits.empty() || (!whole && !at_end)) return std::nullopt;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

class CocoWriter : public RecordWriter {
 public:
  CocoWriter(PartFile file, const Skeleton& skeleton) : file_(std::move(file)), skeleton_(skeleton) {
    file_.StartAnew();
  }

  Status Write(const Record& record) override {
    SINEW_RETURN_IF_ERROR(CheckSkeleton(record, skeleton_));
    const int64_t image_id = NextId(record);
    for (const Person& person : record.people) {
      const auto keypoints = pose::ToCocoKeypoints(person, skeleton_);
      Json json;
      json["image_id"] = image_id;
      json["category_id"] = 1;  // a person
      json["keypoints"] = KeypointsToJson(keypoints);
      json["score"] = Millionth(person.score);
      if (image_id >= kFirstRunningImageId) {
        json["file_name"] = record.source;
        if (record.of_video()) json["frame"] = record.frame;
      }
      std::string line = ToLine(json);
      line.pop_back();  // the comma, or the end of the list, comes first
      SINEW_RETURN_IF_ERROR(file_.Append((any_ ? ",\n" : "[\n") + line));
      any_ = true;
    }
    return Status();
  }

  Status Finish() override {
    SINEW_RETURN_IF_ERROR(EndList());
    return file_.Commit();
  }

  Status Keep() override {
    if (!any_) return file_.Keep();
    const Status ended = EndList();
    const Status kept = file_.Keep();
    return ended.ok() ? kept : ended;
  }

 private:
  int64_t NextId(const Record& record) {
    if (!record.of_video()) {
      const std::optional<int64_t> number = NumberIn(record.source);
      if (number && numbers_.insert(*number).second) return *number;
    }
    return next_running_++;
  }

  Status EndList() { return file_.Append(any_ ? "\n]\n" : "[]\n"); }

  PartFile file_;
  const Skeleton skeleton_;
  bool any_ = false;
  std::unordered_set<int64_t> numbers_;
  int64_t next_running_ = kFirstRunningImageId;
};

}  // namespace

Result<std::unique_ptr<RecordWriter>> CreateCocoWriter(const std::filesystem::path& path, const Skeleton& skeleton,
                                                       const WriteOptions& options) {
  SINEW_ASSIGN_OR_RETURN(PartFile file, PartFile::Open(path, options));
  return std::unique_ptr<RecordWriter>(new CocoWriter(std::move(file), skeleton));
}

}  // namespace sinew::results
