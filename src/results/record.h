// What is known of one frame once it was looked at, and the writers that keep it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew::results {

// Every frame has one, also one without people and one that could not be decoded.
struct Record {
  std::string source;             // path or name, as it was given
  int64_t frame = 0;              // number within its source, from 0; 0 for a picture
  std::optional<double> seconds;  // presentation time; none for pictures
  int width = 0, height = 0;      // of the upright picture; 0 where it could not be decoded
  std::vector<Person> people;
  std::vector<int64_t> person_ids;  // empty, or one a person
  // Where keypoints were smoothed over time: those of each person as they were found. Else empty.
  std::vector<std::vector<Keypoint>> found_keypoints;
  // Where they were asked for: all peaks of each keypoint, in people or not.
  std::vector<std::vector<Keypoint>> candidates;
  std::string error;  // why the frame could not be decoded; empty: it was
  // The frame was decoded, but is known to show something else than what was recorded: its decoder covered up damage.
  bool damaged = false;

  bool of_video() const { return seconds.has_value() || frame > 0; }
  bool operator==(const Record&) const = default;
};

// A place for records. One thread at a time. The same records give the same bytes; numbers that are not finite are
// written as missing. Errors name the path; after one, a writer can be kept or destroyed. A file is PATH.part until
// Finish, whatever happens to the process, and an earlier PATH stays as it is; an earlier PATH.part stays until the
// first record comes.
//
// To resume an interrupted run, read its JSON lines back (jsonl.h), hand these records to all the other writers, and go
// on with the first frame that has none.
class RecordWriter {
 public:
  virtual ~RecordWriter() = default;
  // Drops what an earlier run has left in PATH.part, unless it goes on from there; the first Write does it otherwise.
  virtual Status Begin() { return Status(); }
  // Records come in the order of the input.
  virtual Status Write(const Record& record) = 0;
  // Results are whole and under their name afterwards.
  virtual Status Finish() = 0;
  // The run ends early: the records so far stay, in PATH.part, which can be read as the whole file could.
  virtual Status Keep() = 0;
};

}  // namespace sinew::results
